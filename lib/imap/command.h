// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_COMMAND_H
#define IMAPSYNC_IMAP_COMMAND_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/date.h"
#include "imap/flags.h"
#include "imap/uid_set.h"

namespace imap {

/// The longest command line we send, tag and CRLF included (RFC 7162 section 4).
inline constexpr std::size_t max_command_line = 8192;
/// Kept free in it for the tag, spaces and CRLF.
inline constexpr std::size_t tag_room = 32;

/// `text` as a quoted string; nullopt if it holds NUL, CR, LF or 8-bit octets and so
/// needs a literal.
std::optional<std::string> quoted(std::string_view text);

/// A mailbox name in server form as a command's argument, always quoted. Throws
/// std::invalid_argument for NUL, CR and LF: no name from server_from_canonical() has
/// them.
std::string mailbox_argument(std::string_view server_name);

/// The quoted date of an APPEND: `"17-Jul-1996 02:44:25 -0700"`.
std::string date_argument(const InternalDate& date);

/// `before` SP set SP `after`, as often as it takes to keep each within `max_octets`,
/// with no tag and no CRLF: uid_commands("UID FETCH", set, "(FLAGS)"). `after` may be
/// empty. None for the empty set.
std::vector<std::string>
uid_commands(std::string_view before, const UidSet& set, std::string_view after,
             std::size_t max_octets = max_command_line - tag_room);

/// As much of a list of flags as goes into one command line, beside anything else.
inline constexpr std::size_t max_flag_list = 4096;

/// `flags` in lists of at most so many octets each; none for none.
std::vector<Flags> flag_lists(const Flags& flags, std::size_t max_octets = max_flag_list);

} // namespace imap

#endif
