// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_GRAMMAR_H
#define IMAPSYNC_IMAP_GRAMMAR_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/lex.h"
#include "imap/response.h"

/// Parsers of one whole response each: what Parser is made of, with FetchParser.
namespace imap {

inline constexpr std::uint32_t max_number = 0xffffffffU;

/// `[CODE …] text` into both (RFC 3501 resp-text). Never fails: what is no code is text.
void parse_resp_text(std::string_view rest, Code& code, std::string& text);

/// A line that begins with none of "*" and "+".
std::optional<Response> parse_tagged(std::string_view line);

/// True if `line` is "* OK …" or one of the other conditions: such a line has no
/// literals.
bool is_status(std::string_view line);
std::optional<Response> parse_status(std::string_view line);

/// Any other untagged response but FETCH. `data` is what follows "* ".
std::optional<Response>
parse_data(std::string_view data, std::vector<InlineLiteral>& literals, unsigned nesting);

/// The words of `text`, upper-cased; those that aren't printable ASCII are no
/// capabilities.
std::vector<std::string> capability_words(std::string_view text);

/// True for a line of which `start` is the beginning and which may carry a long UID set,
/// or the flags of a mailbox.
bool may_be_long(std::string_view start);

} // namespace imap

#endif
