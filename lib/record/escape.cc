// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/escape.h"

#include <cstdint>

namespace record {

namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

void append_escape(std::string& out, unsigned char c) {
  out += '%';
  out += hex[c >> 4];
  out += hex[c & 15];
}

/// The octet of the escape that `field` begins with, or -1.
int escaped_octet(std::string_view field) {
  if (field.size() < 3 || field[0] != '%') return -1;
  const auto high = hex.find(field[1]), low = hex.find(field[2]);
  if (high == hex.npos || low == hex.npos) return -1;
  return static_cast<int>(high << 4 | low);
}

} // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates, beyond U+10FFFF (RFC 3629 section 4).
  if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
      (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f))
    return 0;
  return length;
}

void append_escaped(std::string& out, std::string_view text) {
  if (text == "-") {
    out += "%2D";
    return;
  }
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const std::size_t length = utf8_length(text);
    if (length == 0 || c == '%' || is_control(c)) {
      append_escape(out, c);
      text.remove_prefix(1);
    } else {
      out.append(text, 0, length);
      text.remove_prefix(length);
    }
  }
}

std::optional<std::string> unescape(std::string_view field) {
  std::string text;
  text.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '%') {
      text += field[i];
      continue;
    }
    const int octet = escaped_octet(field.substr(i));
    if (octet < 0) return {};
    text += static_cast<char>(octet);
    i += 2;
  }
  std::string again;
  append_escaped(again, text);
  if (again != field) return {};
  return text;
}

} // namespace record
