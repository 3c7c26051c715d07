// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_CONNECT_H
#define IMAP_CONNECT_CONNECT_H

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "settings.h"
#include "stream/login.h"

/// A session that is up and authenticated, and what was seen on the way.
struct Session {
  std::unique_ptr<stream::Stream> stream;
  stream::TlsStream* secured = nullptr; ///< the TLS layer in `stream`, if there is one
  stream::LoggedIn login;
  pid_t tunnel = 0; ///< its command's process, to be reaped; 0 if there is none

  std::vector<std::string> tried; ///< addresses
  std::string address;            ///< the one that answered; empty for a tunnel
  std::chrono::microseconds round_trip{};
  std::optional<stream::TlsFacts> tls;
  bool compressed = false;
};

/// Whom a session is made for.
struct Customer {
  std::function<std::string()> early; ///< as in stream::LoginPlan
  /// If set: waits until it wants the session. False if that takes too long for a server
  /// that waits, too; then Late is thrown.
  std::function<bool()> await;
  std::vector<int> ends; ///< descriptors that hang up when it no longer waits
};

/// The customer did not make up its mind in time: the connection was given up.
struct Late {};

/// Connects and authenticates. Throws Fault; `session` has what was found until then.
void connect_side(Settings& settings, stream::Trace& trace, const Customer& customer,
                  Session& session);

#endif
