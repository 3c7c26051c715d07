// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_TLS_CONTEXT_H
#define IMAPSYNC_STREAM_TLS_CONTEXT_H

#include "stream/openssl.h"
#include "stream/tls.h"

namespace stream {

/// Everything of `settings` that is the same for each connection: protocol bounds,
/// ciphers, trusted certificates, our own certificate. Throws Fault 78 that names the key
/// at fault.
SslCtx make_tls_context(const TlsSettings& settings);

/// "TLSv1.2 to TLSv1.3", as `context` allows, for messages.
std::string protocol_bounds(const SSL_CTX* context);

} // namespace stream

#endif
