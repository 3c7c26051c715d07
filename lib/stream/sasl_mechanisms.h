// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SASL_MECHANISMS_H
#define IMAPSYNC_STREAM_SASL_MECHANISMS_H

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "stream/sasl.h"

namespace stream {

/// What the choice of a mechanism depends on.
struct SaslTraits {
  enum class Needs : std::uint8_t { password, token, certificate };
  std::string_view name;
  Needs needs;
  bool plaintext;       ///< whoever listens, or is the server, learns the secret
  bool channel_binding; ///< "-PLUS"
  bool authzid;         ///< can carry an authorization identity
  bool by_name_only;    ///< never chosen unless configured
};

/// All that are known here, strongest first.
std::span<const SaslTraits> sasl_mechanisms();

/// nullptr for a mechanism that is unknown here. `name` in any case.
const SaslTraits* sasl_traits(std::string_view name);

/// Makes the mechanism that `traits` is of. `server_binds`: the server advertised one
/// with channel binding; tells "y" from "n" in SCRAM. Throws Fault 78 in words when the
/// credentials cannot be expressed in it (a NUL in a password, a newline in a token).
/// Nothing refers to `credentials` afterwards.
std::unique_ptr<Mechanism> make_mechanism(const SaslTraits& traits,
                                          const Credentials& credentials,
                                          const Binding& binding, bool server_binds);

/// RFC 4616.
std::unique_ptr<Mechanism> make_plain(const Credentials& credentials);

/// draft-murchison-sasl-login-00: the name, then the password, whatever the prompts say.
/// Knows no authorization identity.
std::unique_ptr<Mechanism> make_login(const Credentials& credentials);

/// RFC 4422 appendix A: the TLS client certificate speaks.
std::unique_ptr<Mechanism> make_external(const Credentials& credentials);

/// RFC 2195. Weak (MD5, the server must store the password); only for those who name it.
std::unique_ptr<Mechanism> make_cram_md5(const Credentials& credentials);

/// RFC 7628. On a refusal the server sends a challenge with a JSON object first; it is
/// answered with a dummy, then the tagged NO comes and refusal() tells what it said.
std::unique_ptr<Mechanism> make_oauthbearer(const Credentials& credentials);

/// Google's and Microsoft's older form of the same.
std::unique_ptr<Mechanism> make_xoauth2(const Credentials& credentials);

/// Value of the string member "status" of a JSON object, which is what matters in a
/// refusal; letters, digits and "_-." only, at most 64. Empty if there is none.
std::string oauth_status(std::string_view json);

} // namespace stream

#endif
