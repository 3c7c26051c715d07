// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TLS_FAULT_H
#define IMAPSYNC_STREAM_TLS_FAULT_H

#include "posix/fault.h"
#include "stream/openssl.h"

/// What ends a TLS connection, in words: made of what SSL_get_error(3) says, OpenSSL's
/// queue of errors and errno, right behind the call that failed.
namespace stream {

/// The established connection failed.
posix::Fault tls_fault(int error);

/// The handshake failed, for which `context` says what is allowed here.
posix::Fault tls_handshake_fault(int error, const SSL_CTX* context);

} // namespace stream

#endif
