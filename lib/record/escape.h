// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_ESCAPE_H
#define IMAPSYNC_RECORD_ESCAPE_H

#include <optional>
#include <string>
#include <string_view>

namespace record {

/// Appends `text` with TAB, LF, CR, other C0 controls, DEL, '%' and octets that are not
/// valid UTF-8 as %XX. A text that is just "-" becomes "%2D".
void append_escaped(std::string& out, std::string_view text);

/// The text of an escaped field; nothing unless `field` is exactly what append_escaped
/// writes: an escape that is malformed, in lower case or not needed is refused.
std::optional<std::string> unescape(std::string_view field);

/// Length of the valid UTF-8 sequence that `text` begins with; 0 if it begins with none.
std::size_t utf8_length(std::string_view text);

} // namespace record

#endif
