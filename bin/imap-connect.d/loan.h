// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_LOAN_H
#define IMAP_CONNECT_LOAN_H

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "early.h"
#include "posix/fd.h"
#include "settings.h"
#include "stream/local_socket.h"
#include "stream/relay.h"

/// What a client wants of a kept session.
struct Request {
  std::string version = VERSION;
  std::string config;            ///< Settings::config_identity
  std::string program;           ///< the client's name, if we know it
  bool debug = false;            ///< show what is said on its standard error
  std::set<std::string> enabled; ///< by its first commands
  bool uses_condstore = false;   ///< its first commands do
  std::string early;             ///< what it has said already

  std::string text() const;
  /// Nothing if that is none.
  static std::optional<Request> parse(std::string_view text);
};

/// Of a client that has just come.
Request request_of(const Options& options, const Settings& settings, const Early& early);

/// A client and what it was lent with. Messages on `control`: a Request or `end_keeping`
/// to the process that keeps the session; `granted`, something else, or end of file,
/// back; `granted` with the descriptors in, out, error and lock; and back, when the
/// client has finished, a Verdict.
struct Loan {
  posix::Fd in, out, error; ///< the client's
  posix::Fd lock;           ///< of the slot
  posix::Fd control;        ///< whose other end waits for the verdict
  Request request;
};

inline constexpr std::string_view granted = "yes", end_keeping = "exit";

/// How a loan ended: the status and the text of a fault, 0 if there was none.
struct Verdict {
  int status = 0;
  std::string text;

  std::string message() const { return std::to_string(status) + " " + text; }
  static Verdict parse(std::string_view message);
};

#endif
