// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LOGIN_H
#define IMAPSYNC_STREAM_LOGIN_H

#include <functional>
#include <string>

#include "stream/greeting.h"
#include "stream/sasl.h"

namespace stream {

/// What log_in() is to do, and with what.
struct LoginPlan {
  const Credentials* credentials = nullptr;
  /// Called before `credentials` is used; not for PREAUTH. Its argument is true if the
  /// server said that the token has expired: it is called once more for a fresh one.
  std::function<void(bool)> obtain = [](bool) {};
  Binding binding;
  MechanismPolicy policy;
  /// Whole lines that the client has written already and that may be sent on behind the
  /// authentication without waiting for its outcome; called at most once.
  std::function<std::string()> early;
  Server server = Server::other; ///< set by log_in()
};

/// An authenticated session.
struct LoggedIn {
  Capabilities before;       ///< those before authentication
  Capabilities capabilities; ///< those after it
  std::string rest;          ///< the server's first octets for the client
  std::string mechanism;     ///< "PLAIN", "LOGIN command", "PREAUTH"
};

/// Has the server begin TLS; afterwards the stream may be taken from the dialogue. Throws
/// Fault 69 if it doesn't offer STARTTLS, Refusal if it declines, 77 for PREAUTH
/// (somebody in between may have said so), Fault 76 if octets follow its OK: they came
/// from somebody else.
void start_tls(Dialogue& dialogue, const Greeting& greeting);

/// Authenticates unless the greeting was PREAUTH, and learns the capabilities afterwards.
/// Throws Fault 69 if there is no way to, a Refusal if the server declines.
LoggedIn log_in(Dialogue& dialogue, Greeting greeting, LoginPlan plan);

/// The greeting that the client sees: "* PREAUTH [CAPABILITY ...] text\r\n", without what
/// is over and done with (STARTTLS, AUTH=, LOGINDISABLED, SASL-IR) or our
/// own affair (COMPRESS=DEFLATE).
std::string preauth_greeting(const Capabilities& capabilities);

} // namespace stream

#endif
