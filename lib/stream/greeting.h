// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_GREETING_H
#define IMAPSYNC_STREAM_GREETING_H

#include <optional>
#include <string>

#include "stream/dialogue.h"

namespace stream {

/// What a server calls itself in its greeting, where it matters. Nobody vouches for it:
/// it may only choose between ways that are equally safe.
enum class Server { other, cyrus, dovecot };

/// The greeting of a session that has just come up.
struct Greeting {
  bool preauth = false;
  Capabilities capabilities; ///< empty if it names none
  Server server = Server::other;
  std::string line = {}; ///< as the server wrote it, without CRLF
};

/// Throws Refusal for BYE, Fault 76 for what is no IMAP greeting.
Greeting parse_greeting(const std::string& line);

/// Reads it; throws as parse_greeting().
Greeting read_greeting(Dialogue& dialogue);

/// A server greets all its clients alike. So the next connection need not wait for what
/// it knows: the login goes out a round trip earlier, and the greeting, when it comes, is
/// compared. Only where the server is one that is known to read what has come before it
/// spoke (Dovecot); some proxies drop that.

/// The greeting that was kept in this file, if it is of such a server.
std::optional<Greeting> recall_greeting(const std::string& path);

/// Keeps one, or removes what was kept if it is not of such a server. Errors are ignored,
/// and so is an empty path.
void keep_greeting(const std::string& path, const Greeting& greeting);

} // namespace stream

#endif
