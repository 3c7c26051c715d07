// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_RESPONSE_H
#define IMAPSYNC_STREAM_RESPONSE_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "posix/fault.h"

namespace stream {

/// One line of a server before authentication: "* OK [CODE] text", "+ text", "tag NO
/// ...".
struct Response {
  std::string tag;    ///< "*", "+" or the tag
  std::string status; ///< OK, NO, BAD, BYE, PREAUTH, or another first word, in upper case
  std::string code;   ///< inside the brackets: "CAPABILITY IMAP4rev1 ..."; maybe empty
  std::string text;   ///< the rest; for "+" everything

  /// The code's first word in upper case.
  std::string code_name() const;
};

Response parse_response(std::string_view line);

/// Capability names as the server wrote them.
using Capabilities = std::vector<std::string>;

/// Whether `name` is among them, case aside.
bool has_capability(const Capabilities& capabilities, std::string_view name);

/// The capabilities that a response carries, in its code or as untagged data. Names that
/// are no atoms are dropped.
std::optional<Capabilities> capabilities_in(const Response& response);

/// A server refused: `code` is its response code's name, to be passed on to the client;
/// empty if it gave none.
struct Refusal : posix::Fault {
  Refusal(int status_, std::string code_name, const std::string& what)
      : Fault{status_, what}, code{std::move(code_name)} {}
  std::string code;
};

/// Throws the Refusal for a NO, BAD or BYE, with its text escaped; `status` unless its
/// code says that it is temporary (RFC 5530).
[[noreturn]] void refuse(const Response& response, int status, const std::string& what);

/// Throws the Refusal if this is an untagged BYE.
void check_bye(const Response& response);

/// "* BYE [CODE] text\r\n" for a fault; CODE is the server's own if it gave one. See
/// imap-connect(1) for the list.
std::string bye(const posix::Fault& fault);

} // namespace stream

#endif
