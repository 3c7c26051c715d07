// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_UTF8_H
#define IMAPSYNC_IMAP_UTF8_H

#include <cstddef>
#include <string>
#include <string_view>

namespace imap {

struct Utf8Char {
  char32_t code = 0;
  std::size_t octets = 0; ///< 1..4; 0 if the text does not begin with a valid character
};

/// The first character of non-empty `text`. Overlong forms, surrogates and what lies
/// above U+10FFFF are invalid (RFC 3629).
Utf8Char first_utf8(std::string_view text);

bool is_utf8(std::string_view text);

/// `code` must be a scalar value.
void append_utf8(std::string& out, char32_t code);

/// Appends "%0A" for '\n'.
void append_percent(std::string& out, char octet);

} // namespace imap

#endif
