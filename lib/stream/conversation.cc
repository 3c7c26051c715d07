// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/conversation.h"

#include "imap/ascii.h"

namespace stream {

std::size_t Conversation::sent(std::string_view octets, bool stop) {
  return up_.feed(octets, [&](std::string_view line) {
    if (!up_.complete()) return false;
    // "DONE" ends an IDLE that has been counted; an empty line is nobody's command.
    if (up_.begins() && (line.empty() || imap::equal_nocase(line, "DONE"))) return false;
    ++pending_;
    return stop;
  });
}

void Conversation::received(std::string_view octets) {
  down_.feed(octets, [&](std::string_view line) {
    const bool tagged =
        down_.begins() && !line.empty() && line[0] != '*' && line[0] != '+';
    if (tagged && pending_ > 0) --pending_;
    return false;
  });
}

} // namespace stream
