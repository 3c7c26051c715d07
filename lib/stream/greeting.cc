// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/greeting.h"

#include <unistd.h>

#include "imap/ascii.h"
#include "stream/private_file.h"

namespace stream {

namespace {

constexpr std::string_view magic = "imapsync greeting 1\n";

Server server_of(std::string_view text) {
  if (text.find("Cyrus") != text.npos) return Server::cyrus;
  return text.find("Dovecot") != text.npos ? Server::dovecot : Server::other;
}

bool worth_keeping(const Greeting& greeting) {
  return !greeting.preauth && greeting.server == Server::dovecot &&
         !greeting.capabilities.empty();
}

} // namespace

Greeting parse_greeting(const std::string& line) {
  const Response response = parse_response(line);
  check_bye(response);
  if (response.tag != "*" || (response.status != "OK" && response.status != "PREAUTH"))
    throw posix::Fault{EX_PROTOCOL, "this is no IMAP server, its greeting is: " +
                                        imap::printable(line, 200)};
  return {response.status == "PREAUTH",
          capabilities_in(response).value_or(Capabilities{}), server_of(response.text),
          line};
}

Greeting read_greeting(Dialogue& dialogue) {
  return parse_greeting(dialogue.read_line());
}

std::optional<Greeting> recall_greeting(const std::string& path) {
  if (path.empty()) return {};
  const Secret content = read_private(path);
  std::string_view text = content.view();
  if (!text.starts_with(magic)) return {};
  text.remove_prefix(magic.size());
  if (text.empty() || text.find('\n') != text.size() - 1) return {};
  try {
    Greeting greeting = parse_greeting(std::string{text.substr(0, text.size() - 1)});
    if (worth_keeping(greeting)) return greeting;
  } catch (const posix::Fault&) {
    // Whatever it is, we did not write it.
  }
  return {};
}

void keep_greeting(const std::string& path, const Greeting& greeting) {
  if (path.empty()) return;
  if (worth_keeping(greeting))
    replace_private(path, std::string{magic} + greeting.line + "\n");
  else
    ::unlink(path.c_str());
}

} // namespace stream
