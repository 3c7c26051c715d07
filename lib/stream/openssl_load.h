// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_OPENSSL_LOAD_H
#define IMAPSYNC_STREAM_OPENSSL_LOAD_H

namespace stream {

/// To be called before anything of OpenSSL is. imap-connect does not load its libraries
/// at start: that costs a millisecond and 0.7 MB in each of six processes, and a tunnel
/// needs nothing of them. Their functions are weak symbols there (see the Makefile) that
/// are bound when they are called for the first time. Throws Fault 69 if they cannot be
/// loaded.
void load_openssl();

} // namespace stream

#endif
