// SPDX-License-Identifier: GPL-3.0-or-later
// What a client says on a session that is kept, a NUL, and what the server answers,
// behind an octet that splits both: the server is sent what was said, up to a LOGOUT or
// to the beginning of what may become one; and splitting changes nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "imap/ascii.h"
#include "stream/usage.h"

namespace {

std::string pass(stream::Usage& usage, std::string_view client, std::string_view server,
                 std::size_t piece) {
  std::string sent;
  for (std::size_t i = 0; i < client.size(); i += piece)
    usage.said(client.substr(i, piece), sent);
  for (std::size_t i = 0; i < server.size(); i += piece)
    usage.answered(server.substr(i, piece));
  return sent;
}

void check(bool truth) {
  if (!truth) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string_view client = all.substr(0, all.find('\0'));
  const std::string_view server = all.substr(std::min(client.size() + 1, all.size()));
  stream::Usage whole, split;
  const std::string sent = pass(whole, client, server, all.size() + 1);
  check(sent == pass(split, client, server, data[0] % 16 + 1U));
  check(whole.left() == split.left() && whole.quiet() == split.quiet() &&
        whole.interruptible() == split.interruptible() &&
        whole.harmless() == split.harmless() && whole.selected() == split.selected() &&
        whole.uses_condstore() == split.uses_condstore() &&
        whole.enabled() == split.enabled());
  check(client.starts_with(sent));
  const std::string_view kept = client.substr(sent.size());
  const std::string_view line = kept.substr(0, kept.find('\n'));
  const std::size_t verb = line.find(' ') + 1;
  if (whole.left()) check(imap::equal_nocase(line.substr(verb, 6), "LOGOUT"));
  if (!whole.left()) check(kept.size() <= 1000 && kept.find('\n') == kept.npos);
  return 0;
}
