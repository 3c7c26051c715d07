// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SASL_SCRAM_H
#define IMAPSYNC_STREAM_SASL_SCRAM_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stream/digest.h"
#include "stream/sasl.h"

namespace stream {

/// The server chooses how often the password is hashed. Fewer rounds than RFC 5802 and
/// RFC 7677 demand are how an impostor makes the proof cheap to guess from; many more (a
/// second and a half of CPU at the upper bound) are how it makes us work for nothing.
inline constexpr int scram_min_iterations = 4096;
inline constexpr int scram_max_iterations = 1'000'000;

/// What SCRAM knows of the TLS channel (RFC 5929, RFC 9266).
struct ScramChannel {
  std::string type, data;    ///< as Binding has them
  bool plus = false;         ///< the mechanism is the -PLUS one
  bool server_binds = false; ///< the server advertised a -PLUS one
};

/// SCRAM (RFC 5802, RFC 7677) with SHA-1 or SHA-256. Throws Fault 78 for a user name or
/// password that SASLprep prohibits. `nonce`: printable, without a comma.
std::unique_ptr<Mechanism> make_scram(Hash hash, const Credentials& credentials,
                                      const ScramChannel& channel, std::string nonce);

/// 24 characters of base64 from 18 random octets. Throws Fault 71.
std::string scram_nonce();

/// SASLprep (RFC 4013) without Unicode normalisation: maps the spaces to U+0020 and drops
/// what is "commonly mapped to nothing"; nullopt for malformed UTF-8 and for prohibited
/// characters (controls, private use, surrogates, tagging, changes of direction). Text
/// that isn't in the composed form (NFKC) already is left as it is, so that it is the one
/// case where this differs from RFC 4013.
std::optional<Secret> saslprep(std::string_view text);

} // namespace stream

#endif
