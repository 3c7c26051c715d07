// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_DIGEST_H
#define IMAPSYNC_STREAM_DIGEST_H

#include <string_view>

#include "stream/secret.h"

namespace stream {

/// MD5 is here for CRAM-MD5 alone.
enum class Hash { md5, sha1, sha256 };

/// The three functions that SASL mechanisms are made of. Each throws Fault 70 when
/// OpenSSL refuses the algorithm (a FIPS configuration does that to MD5).
Secret digest(Hash hash, std::string_view data);
Secret hmac(Hash hash, std::string_view key, std::string_view data);
/// PBKDF2 with an HMAC of `hash` (RFC 8018 section 5.2), as long as one digest: Hi() of
/// RFC 5802. 1 ≤ iterations; the caller bounds them, each costs two hashes.
Secret pbkdf2(Hash hash, std::string_view password, std::string_view salt,
              int iterations);

/// Equal, in a time that depends on the lengths alone.
bool same_octets(std::string_view a, std::string_view b);

} // namespace stream

#endif
