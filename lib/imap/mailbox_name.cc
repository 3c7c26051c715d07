// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/mailbox_name.h"

#include <algorithm>

#include "imap/ascii.h"
#include "imap/utf8.h"

namespace imap {
namespace {

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}
bool is_escaped(char c) { return is_control(c) || c == '%' || c == '/'; }

bool has_forbidden_octet(std::string_view text) {
  return text.find_first_of(std::string_view{"\0\r\n", 3}) != std::string_view::npos;
}

/// What no level may be, on any server: "." and ".." are no names but ways.
bool is_bad_level(std::string_view level) {
  return level.empty() || level == "." || level == ".." || has_forbidden_octet(level);
}

/// Calls `each` for every part of `text` between separators; false if it ever says so.
template <class Each>
bool for_each_part(std::string_view text, std::optional<char> separator, Each each) {
  for (;;) {
    const std::size_t end = separator ? text.find(*separator) : std::string_view::npos;
    if (!each(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Undoes %XX; nullopt for an escape that is malformed or was not needed, and for an
/// octet that should have been escaped.
std::optional<std::string> unescape(std::string_view level) {
  std::string out;
  for (std::size_t i = 0; i < level.size(); ++i) {
    char c = level[i];
    if (c == '%') {
      if (level.size() - i < 3) return {};
      const int high = hex_digit(level[i + 1]), low = hex_digit(level[i + 2]);
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high << 4 | low);
      if (!is_escaped(c)) return {};
      i += 2;
    } else if (is_escaped(c)) {
      return {};
    }
    out += c;
  }
  return out;
}

/// Calls `each` for every unescaped level; false if the name is not canonical.
template <class Each>
bool for_each_level(std::string_view canonical, Each each) {
  if (canonical.size() > max_mailbox_name || canonical == "-" || !is_utf8(canonical))
    return false;
  if (canonical == "%2D") return each(std::string{"-"});
  return for_each_part(canonical, '/', [&](std::string_view escaped) {
    auto level = unescape(escaped);
    return level && !is_bad_level(*level) && each(std::move(*level));
  });
}

bool is_seven_bit(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

NameError no_delimiter(std::string_view level, std::optional<char> delimiter) {
  const std::string shown = "level \"" + printable(level) + "\" ";
  if (!delimiter) return {"that server has no hierarchy"};
  return {shown + "contains the hierarchy delimiter '" +
          printable(std::string_view{&*delimiter, 1}) + "' of that server"};
}

} // namespace

bool is_canonical(std::string_view name) {
  return for_each_level(name, [](const std::string&) { return true; });
}

std::optional<std::string> canonical_from_server(std::string_view server_name,
                                                 std::optional<char> delimiter,
                                                 std::string_view reference) {
  if (server_name.size() > max_mailbox_name || !server_name.starts_with(reference))
    return {};
  if (delimiter && (is_control(*delimiter) || !is_seven_bit({&*delimiter, 1}))) return {};
  if (reference.empty() && equal_nocase(server_name, "INBOX")) return "INBOX";
  const std::string_view relative = server_name.substr(reference.size());
  // Decoded before it is split: a delimiter such as '-' or 'A' may occur in base64.
  const auto name = is_seven_bit(relative) ? decode_mutf7(relative)
                    : is_utf8(relative)    ? std::optional<std::string>{relative}
                                           : std::nullopt;
  if (!name) return {};
  if (*name == "-" && delimiter != '-') return "%2D";
  std::string out;
  const bool good = for_each_part(*name, delimiter, [&](std::string_view level) {
    if (is_bad_level(level)) return false;
    if (!out.empty()) out += '/';
    for (const char c : level) {
      if (is_escaped(c))
        append_percent(out, c);
      else
        out += c;
    }
    return true;
  });
  if (!good || out.size() > max_mailbox_name) return {};
  return out;
}

std::variant<std::string, NameError> server_from_canonical(std::string_view canonical,
                                                           std::optional<char> delimiter,
                                                           std::string_view reference) {
  if (reference.empty() && canonical != "INBOX" && equal_nocase(canonical, "INBOX"))
    return NameError{"that server would take it for INBOX"};
  std::string name;
  std::optional<NameError> error;
  const bool good = for_each_level(canonical, [&](const std::string& level) {
    const bool first = name.empty();
    if ((!first && !delimiter) ||
        (delimiter && level.find(*delimiter) != std::string::npos)) {
      error = no_delimiter(level, delimiter);
      return false;
    }
    if (!first) name += *delimiter;
    name += level;
    return true;
  });
  if (error) return *error;
  if (!good) return NameError{"it is no valid mailbox name"};
  const auto encoded = encode_mutf7(name);
  if (!encoded) return NameError{"it is no valid UTF-8"};
  std::string out = std::string{reference} + *encoded;
  if (out.size() > max_mailbox_name) return NameError{"it is too long"};
  return out;
}

std::string display_name(std::string_view canonical) {
  return printable(canonical, max_mailbox_name);
}

} // namespace imap
