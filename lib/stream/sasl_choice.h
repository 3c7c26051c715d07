// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SASL_CHOICE_H
#define IMAPSYNC_STREAM_SASL_CHOICE_H

#include <string>
#include <string_view>
#include <vector>

namespace stream {

/// What a choice depends on, apart from what the server advertises.
struct SaslMeans {
  bool password = false;
  bool token = false;           ///< `token-command` or the like
  bool certificate = false;     ///< a TLS client certificate is configured
  bool encrypted = false;       ///< nobody listens
  bool channel_binding = false; ///< the TLS layer gave data to bind to
  bool authzid = false;         ///< on behalf of another user
  bool plaintext = false;       ///< MechanismPolicy::plaintext
};

struct SaslChoice {
  std::string_view mechanism; ///< upper case, static; empty: `error` says why
  std::string error;
  bool misconfigured = false; ///< the configuration is to blame, not the server
};

/// The first of `wanted` (`auth`) that can be used; without `wanted` the strongest. A
/// plaintext mechanism (PLAIN, LOGIN, bearer tokens) is for encrypted connections, for
/// those that were allowed to be plaintext, or named in `wanted`. EXTERNAL is chosen
/// when there is a certificate and neither password nor token. There is no falling back:
/// when the server refuses what was chosen, that is the outcome.
SaslChoice choose_sasl(const std::vector<std::string>& advertised, const SaslMeans& means,
                       const std::vector<std::string>& wanted);

/// Some mechanism with channel binding is advertised.
bool advertises_binding(const std::vector<std::string>& advertised);

} // namespace stream

#endif
