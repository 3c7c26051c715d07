// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/ascii.h"

#include <algorithm>
#include <utility>

#include "imap/utf8.h"

namespace imap {

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = upper(c);
  return out;
}

std::weak_ordering compare_nocase(std::string_view a, std::string_view b) {
  const std::size_t n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = static_cast<unsigned char>(upper(a[i]));
    const auto y = static_cast<unsigned char>(upper(b[i]));
    if (x != y) return x <=> y;
  }
  return a.size() <=> b.size();
}

std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t max) {
  if (digits.empty() || digits.size() > 20) return {};
  std::uint64_t n = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return {};
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (n > (UINT64_MAX - digit) / 10) return {};
    n = n * 10 + digit;
  }
  if (n > max) return {};
  return n;
}

namespace {

// What could move a terminal's cursor, or make a text read otherwise than it is.
bool is_invisible(char32_t c) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {
      {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
      {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
      {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](auto range) { return c >= range.first && c <= range.second; });
}

} // namespace

void append_percent(std::string& out, char octet) {
  constexpr char hex[] = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(octet);
  out += {'%', hex[value >> 4], hex[value & 15]};
}

std::string printable(std::string_view text, std::size_t max) {
  const bool cut = text.size() > max;
  if (cut) text = text.substr(0, max);
  std::string out;
  while (!text.empty()) {
    const Utf8Char c = first_utf8(text);
    const std::size_t octets = c.octets == 0 ? 1 : c.octets;
    if (c.octets != 0 && !is_invisible(c.code))
      out += text.substr(0, octets);
    else
      for (const char octet : text.substr(0, octets)) append_percent(out, octet);
    text.remove_prefix(octets);
  }
  return cut ? out + "..." : out;
}

} // namespace imap
