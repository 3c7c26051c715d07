// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/response.h"

#include <algorithm>

#include "imap/ascii.h"

namespace stream {

namespace {

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

/// RFC 3501's atom, and so nothing that could end a response code or a line.
bool is_atom(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view{"(){%*\"\\]"}.find(c) == std::string_view::npos;
  });
}

Capabilities split_capabilities(std::string_view list) {
  Capabilities names;
  while (!list.empty())
    if (const std::string_view name = take_word(list); is_atom(name))
      names.emplace_back(name);
  return names;
}

/// RFC 5530: what the server says is temporary.
bool temporary(std::string_view code) {
  return code == "UNAVAILABLE" || code == "INUSE" || code == "LIMIT" ||
         code == "SERVERBUG";
}

/// RFC 5530: what has to do with who we are.
bool about_identity(std::string_view code) {
  return code == "AUTHENTICATIONFAILED" || code == "AUTHORIZATIONFAILED" ||
         code == "EXPIRED" || code == "PRIVACYREQUIRED" || code == "CONTACTADMIN";
}

/// What tells a client the sysexits code of a failure that has no code of the server's.
std::string_view code_of(int status) {
  switch (status) {
  case EX_NOPERM: return "AUTHENTICATIONFAILED";
  case EX_NOHOST: return "X-NOHOST";
  case EX_UNAVAILABLE: return "X-MISSING";
  case EX_PROTOCOL: return "X-PROTOCOL";
  case EX_CONFIG: return "X-CONFIG";
  case EX_SOFTWARE: return "X-BUG";
  default: return "UNAVAILABLE";
  }
}

} // namespace

std::string Response::code_name() const {
  return imap::upper(std::string_view{code}.substr(0, code.find(' ')));
}

Response parse_response(std::string_view line) {
  Response response;
  response.tag = take_word(line);
  if (response.tag == "+") {
    response.text = line;
    return response;
  }
  response.status = imap::upper(take_word(line));
  if (const std::size_t end = line.find(']'); line.starts_with('[') && end != line.npos) {
    response.code = line.substr(1, end - 1);
    line.remove_prefix(end + 1);
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  response.text = line;
  return response;
}

bool has_capability(const Capabilities& capabilities, std::string_view name) {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [&](const std::string& c) { return imap::equal_nocase(c, name); });
}

std::optional<Capabilities> capabilities_in(const Response& response) {
  if (response.tag == "*" && response.status == "CAPABILITY")
    return split_capabilities(response.text);
  if (response.code_name() == "CAPABILITY")
    return split_capabilities(std::string_view{response.code}.substr(10));
  return std::nullopt;
}

void refuse(const Response& response, int status, const std::string& what) {
  std::string code = response.code_name();
  if (temporary(code)) status = EX_TEMPFAIL;
  if (about_identity(code)) status = EX_NOPERM;
  if (!temporary(code) && !about_identity(code)) code.clear();
  throw Refusal{status, std::move(code), what + ": " + imap::printable(response.text)};
}

void check_bye(const Response& response) {
  if (response.tag == "*" && response.status == "BYE")
    refuse(response, EX_TEMPFAIL, "the server closed the session");
}

std::string bye(const posix::Fault& fault) {
  const auto* refusal = dynamic_cast<const Refusal*>(&fault);
  const std::string code = refusal != nullptr && !refusal->code.empty()
                               ? refusal->code
                               : std::string{code_of(fault.status)};
  return "* BYE [" + code + "] " + imap::printable(fault.what()) + "\r\n";
}

} // namespace stream
