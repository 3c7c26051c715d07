// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/conversation.h"

#include <algorithm>

#include "imap/ascii.h"

namespace stream {

namespace {

bool is_making(std::string_view command) {
  const auto word = [&command] {
    const std::size_t end = std::min(command.find(' '), command.size());
    const std::string_view found = command.substr(0, end);
    command.remove_prefix(std::min(end + 1, command.size()));
    return found;
  };
  word(); // the tag
  std::string_view name = word();
  if (imap::equal_nocase(name, "UID")) name = word();
  return imap::equal_nocase(name, "APPEND") || imap::equal_nocase(name, "COPY") ||
         imap::equal_nocase(name, "MOVE");
}

} // namespace

std::size_t Conversation::sent(std::string_view octets, bool stop) {
  return up_.feed(octets, [&](std::string_view line) {
    if (up_.begins()) making_ = is_making(line);
    if (!up_.complete()) return false;
    // "DONE" ends an IDLE that has been counted; an empty line is nobody's command.
    if (up_.begins() && (line.empty() || imap::equal_nocase(line, "DONE"))) return false;
    ++pending_;
    if (making_) until_made_ = pending_;
    return stop;
  });
}

void Conversation::received(std::string_view octets) {
  down_.feed(octets, [&](std::string_view line) {
    const bool tagged =
        down_.begins() && !line.empty() && line[0] != '*' && line[0] != '+';
    if (tagged && pending_ > 0) --pending_;
    if (tagged && until_made_ > 0) --until_made_;
    return false;
  });
}

} // namespace stream
