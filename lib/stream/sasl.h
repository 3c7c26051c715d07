// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SASL_H
#define IMAPSYNC_STREAM_SASL_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fault.h"
#include "stream/secret.h"

namespace stream {

/// Who we are. `authzid` is empty unless another user is acted for (master users).
struct Credentials {
  std::string username, authzid;
  Secret password;        ///< empty if there is none
  Secret token;           ///< OAuth access token; empty if there is none
  std::string host, port; ///< for OAUTHBEARER's gs2 message
};

/// What TLS contributes to a choice of mechanism.
struct Binding {
  bool encrypted = false; ///< TLS is up, or the stream is a tunnel
  std::string type;       ///< "tls-exporter", "tls-server-end-point" or empty: no -PLUS
  std::string data;       ///< the channel binding's raw octets
  bool client_certificate = false; ///< one was configured: EXTERNAL is possible
};

/// One SASL exchange. Octets in and out are raw; the dialogue does the base64.
class Mechanism {
 public:
  virtual ~Mechanism() = default;
  /// The name that goes on the AUTHENTICATE line, such as "SCRAM-SHA-256-PLUS".
  virtual std::string_view name() const = 0;
  /// The initial response (which may be empty, sent as "="); nullopt if the server speaks
  /// first. Called once.
  virtual std::optional<Secret> initial() = 0;
  /// The answer to one challenge. Throws Fault 76 on a malformed one, 77 if the server
  /// could not prove itself. OAUTHBEARER and XOAUTH2 answer an error challenge here and
  /// remember it for refused().
  virtual Secret respond(std::string_view challenge) = 0;
  /// The server said OK. Throws Fault 77 if it has not proved itself (SCRAM: an OK before
  /// the server signature was seen and verified).
  virtual void succeeded() {}
  /// True if commands may be sent behind the initial response without waiting: one
  /// message, and no challenge on failure that would swallow the next line.
  virtual bool pipelines() const { return false; }
  /// A detail that the mechanism learned about a refusal, for the error text; maybe
  /// empty.
  virtual std::string refusal() const { return {}; }
  /// The refusal says that the token has expired: worth one fresh token.
  virtual bool expired() const { return false; }
};

/// What the configuration allows.
struct MechanismPolicy {
  std::vector<std::string> wanted; ///< `auth =` in order of preference; empty: our order
  bool plaintext = false; ///< plaintext mechanisms allowed on an unencrypted connection
};

/// There is none that can be used.
struct NoMechanism : posix::Fault {
  using Fault::Fault;
};

/// The best mechanism that is wanted, advertised ("AUTH=X" without its prefix, any case),
/// possible with these credentials, and allowed here: strongest first unless `wanted`
/// says otherwise, CRAM-MD5 only if named, no plaintext one on an unencrypted connection.
/// Throws NoMechanism that says which were offered and why each was not taken: 69, or 78
/// where the configuration lacks a secret. "LOGIN" here is the SASL mechanism; the LOGIN
/// command is the dialogue's affair (used if nothing was advertised that could be taken,
/// LOGINDISABLED is absent, and policy allows "LOGIN").
/// `credentials` must outlive the mechanism.
std::unique_ptr<Mechanism> choose_mechanism(const std::vector<std::string>& advertised,
                                            const Credentials& credentials,
                                            const Binding& binding,
                                            const MechanismPolicy& policy);

} // namespace stream

#endif
