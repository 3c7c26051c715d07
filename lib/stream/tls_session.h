// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TLS_SESSION_H
#define IMAPSYNC_STREAM_TLS_SESSION_H

#include <ctime>
#include <string>

#include "stream/openssl.h"
#include "stream/tls.h"

namespace stream {

/// One TLS session on disk, so that the next run need not exchange certificates again.
/// Who resumes a session skips the verification of the peer; therefore the file is
/// believed only if it is ours alone (0600), was written under the same settings, its
/// certificate is still valid, and the last full handshake was less than a day ago.
struct SavedSession {
  SslSession session;       ///< null if there is none to resume
  std::time_t verified = 0; ///< when the full handshake was
};

/// Never fails: what cannot be used is as good as absent.
SavedSession load_session(const TlsSettings& settings, std::time_t now);

/// Replaces the file atomically, mode 0600, in a directory that is made (0700) if need
/// be. Errors are ignored: it is a cache.
void save_session(const TlsSettings& settings, const SavedSession& saved);

} // namespace stream

#endif
