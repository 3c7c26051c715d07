// SPDX-License-Identifier: GPL-3.0-or-later
#include "early.h"

#include <unistd.h>

#include "stream/lines.h"

namespace {

/// Servers keep little room for what arrives before authentication is over.
constexpr std::size_t early_octets = 2048;

} // namespace

void Early::read() {
  const std::size_t have = octets_.size();
  if (have >= early_octets) return;
  octets_.resize(early_octets);
  const ssize_t n = ::read(fd_, octets_.data() + have, early_octets - have);
  octets_.resize(have + (n > 0 ? static_cast<std::size_t>(n) : 0));
}

std::string_view Early::whole() const {
  const std::string_view octets{octets_};
  std::size_t safe = 0;
  for (std::size_t end = 0; (end = octets.find('\n', safe)) != octets.npos;) {
    const std::size_t line = end > safe && octets[end - 1] == '\r' ? end - 1 : end;
    if (stream::announced_literal(octets.substr(safe, line - safe))) break;
    safe = end + 1;
  }
  return octets.substr(0, safe);
}

std::string Early::commands() {
  read();
  std::string taken{whole()};
  octets_.erase(0, taken.size());
  return taken;
}
