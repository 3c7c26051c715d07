// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/messages.h"

#include <unistd.h>

#include <fmt/format.h>

namespace cli {

namespace {

struct Character {
  char32_t code;
  std::size_t length;
};

// The valid UTF-8 sequence that `text` begins with; length 0 if it begins with none.
Character decode(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = octet(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length == 0 || lead > 0xf4 || text.size() < length) return {0, 0};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return {0, 0};
    code = (code << 6) | (octet(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {0, 0};
  return {code, length};
}

// Controls, and what is invisible or reorders its neighbours: a name must look like
// itself.
bool is_deceptive(char32_t code) {
  constexpr struct {
    char32_t first, last;
  } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  for (const auto& [first, last] : ranges)
    if (code >= first && code <= last) return true;
  return false;
}

} // namespace

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto [code, length] = decode(text);
    if (length == 0 || code < 0x80) {
      const auto octet = static_cast<unsigned char>(text.front());
      if (length == 0 || is_deceptive(code))
        safe += fmt::format("\\x{:02X}", octet);
      else
        safe += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (is_deceptive(code))
      safe += fmt::format("\\u{{{:04X}}}", static_cast<std::uint32_t>(code));
    else
      safe += text.substr(0, length);
    text.remove_prefix(length);
  }
  return safe;
}

std::string octets_text(std::uint64_t octets) {
  if (octets < 1000) return count_text(octets, "octet", "octets");
  double value = static_cast<double>(octets);
  std::size_t unit = 0;
  constexpr const char* units[] = {"octets", "kB", "MB", "GB", "TB", "PB", "EB"};
  // 999.5 would be shown as 1000.
  for (; value >= 999.5; ++unit) value /= 1000;
  return value < 9.95 ? fmt::format("{:.1f} {}", value, units[unit])
                      : fmt::format("{:.0f} {}", value, units[unit]);
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string count_text(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

void tell(std::string_view program, std::string_view text) {
  const std::string line = fmt::format("{}: {}\n", program, text);
  // Nothing is left to be done when standard error itself fails.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

void tell(std::string_view program, std::string_view mailbox, std::string_view text) {
  tell(program, fmt::format("{}: {}", mailbox, text));
}

} // namespace cli
