// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_MAILBOX_NAME_H
#define IMAPSYNC_IMAP_MAILBOX_NAME_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace imap {

/// The longest name accepted, in octets of either form.
inline constexpr std::size_t max_mailbox_name = 4096;

/// Why a name cannot exist on a server, or could not be understood; for people,
/// printable.
struct NameError {
  std::string text;
};

/// True for a canonical mailbox name, as records hold it: levels joined by '/', each
/// UTF-8 with C0, DEL, '%' and '/' as %XX (upper-case hexadecimal, nothing else escaped);
/// no empty, "." or ".." level; no NUL, CR or LF even escaped; "-" alone is "%2D".
bool is_canonical(std::string_view name);

/// The canonical form of `server_name`, which a LIST or STATUS told in modified UTF-7
/// (RFC 3501 5.1.3) or raw UTF-8. `delimiter` is that of LIST, nullopt where there is no
/// hierarchy; `reference` is the server-form prefix (such as "shared/") to strip, and
/// names outside of it are refused. Without reference, INBOX in any case is "INBOX".
/// nullopt if the name is none that could be sent back: invalid or unshortened modified
/// UTF-7, a level that is empty, "." or "..", NUL, CR, LF, too long.
std::optional<std::string> canonical_from_server(std::string_view server_name,
                                                 std::optional<char> delimiter,
                                                 std::string_view reference = {});

/// The server form (7-bit, modified UTF-7, fit for a quoted string) of a canonical name.
/// canonical_from_server() with the same arguments gives `canonical` back, and this
/// function gives back any 7-bit name that one has accepted (but INBOX in other cases).
std::variant<std::string, NameError>
server_from_canonical(std::string_view canonical, std::optional<char> delimiter,
                      std::string_view reference = {});

/// For messages and progress: the canonical name, other controls escaped too. Never use
/// it to name a mailbox.
std::string display_name(std::string_view canonical);

/// Modified UTF-7 to UTF-8 and back; nullopt if `text` is not valid in its form (for
/// decoding: exactly what encode would have written).
std::optional<std::string> decode_mutf7(std::string_view text);
std::optional<std::string> encode_mutf7(std::string_view utf8);

} // namespace imap

#endif
