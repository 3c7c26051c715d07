// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_ASCII_H
#define IMAPSYNC_IMAP_ASCII_H

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imap {

/// Upper case for the 26 ASCII letters, whatever the locale; other octets unchanged.
constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
std::string upper(std::string_view text);

/// Equality and order without regard to ASCII case.
inline bool equal_nocase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (upper(a[i]) != upper(b[i])) return false;
  return true;
}
std::weak_ordering compare_nocase(std::string_view a, std::string_view b);

/// A decimal number of 1..20 digits and at most `max`; nullopt for anything else.
std::optional<std::uint64_t> parse_number(std::string_view digits,
                                          std::uint64_t max = UINT64_MAX);

/// `text` for a terminal or a log: valid UTF-8, with C0, DEL, C1, bidirectional and other
/// invisible format controls and invalid octets shown as %XX per octet. More than `max`
/// octets of input are cut and end in "...".
std::string printable(std::string_view text, std::size_t max = 1000);

} // namespace imap

#endif
