// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_MESSAGES_H
#define IMAPSYNC_CLI_MESSAGES_H

#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

/// `text` as it may be shown on a terminal or written to a log: C0 and C1 controls, ESC,
/// DEL, characters that change the direction of text or are invisible, and octets that
/// are not valid UTF-8, as \xNN or \u{NNNN}.
std::string printable(std::string_view text);

/// "34 kB", "1.2 MB": decimal units, three digits at most before the unit.
std::string octets_text(std::uint64_t octets);

/// "1,234".
std::string count_text(std::uint64_t count);

/// "1 message", "1,234 messages".
std::string count_text(std::uint64_t count, std::string_view one, std::string_view many);

/// "program: text\n" or "program: mailbox: text\n" in one write to standard error. The
/// texts must be printable already.
void tell(std::string_view program, std::string_view text);
void tell(std::string_view program, std::string_view mailbox, std::string_view text);

} // namespace cli

#endif
