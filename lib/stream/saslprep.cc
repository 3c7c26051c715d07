// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "stream/sasl_scram.h"

namespace stream {

namespace {

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool contains(const Range (&ranges)[N], std::uint32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [=](Range r) { return r.first <= c && c <= r.last; });
}

// RFC 3454 table C.1.2 (U+200B belongs to B.1 as well; RFC 4013 maps C.1.2 first).
constexpr Range spaces[] = {{0x00A0, 0x00A0}, {0x1680, 0x1680}, {0x2000, 0x200B},
                            {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
// Table B.1.
constexpr Range nothing[] = {{0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x1806, 0x1806},
                             {0x180B, 0x180D}, {0x200C, 0x200D}, {0x2060, 0x2060},
                             {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};
// Tables C.2.1, C.2.2, C.3, C.4 (but for the last two of each plane), C.6, C.7, C.8, C.9.
constexpr Range prohibited[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x06DD, 0x06DD},   {0x070F, 0x070F},
    {0x180E, 0x180E},   {0x2028, 0x2029},   {0x2061, 0x2063},   {0x206A, 0x206F},
    {0xFFF9, 0xFFFD},   {0xFDD0, 0xFDEF},   {0x1D173, 0x1D17A}, {0xE000, 0xF8FF},
    {0x2FF0, 0x2FFB},   {0x0340, 0x0341},   {0x200E, 0x200F},   {0x202A, 0x202E},
    {0xE0001, 0xE0001}, {0xE0020, 0xE007F}, {0xF0000, 0x10FFFF}};

/// The first character of `text`, which it shortens; nullopt if it isn't UTF-8.
std::optional<std::uint32_t> next_character(std::string_view& text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = octet(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return std::nullopt;
  std::uint32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xC0U) != 0x80) return std::nullopt;
    c = c << 6 | (octet(i) & 0x3FU);
  }
  static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
    return std::nullopt;
  text.remove_prefix(length);
  return c;
}

} // namespace

std::optional<Secret> saslprep(std::string_view text) {
  Secret out;
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<std::uint32_t> c = next_character(text);
    if (!c) return std::nullopt;
    if (contains(spaces, *c))
      out.push_back(' ');
    else if (contains(nothing, *c))
      continue;
    else if (contains(prohibited, *c) || (*c & 0xFFFEU) == 0xFFFE)
      return std::nullopt;
    else
      out.append(before.substr(0, before.size() - text.size()));
  }
  return out;
}

} // namespace stream
