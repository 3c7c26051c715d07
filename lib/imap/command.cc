// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/command.h"

#include <algorithm>
#include <stdexcept>

namespace imap {
namespace {

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

bool breaks_a_line(char c) { return c == '\0' || c == '\r' || c == '\n'; }

} // namespace

std::optional<std::string> quoted(std::string_view text) {
  const auto unquotable = [](char c) {
    return breaks_a_line(c) || static_cast<unsigned char>(c) >= 0x80;
  };
  if (std::any_of(text.begin(), text.end(), unquotable)) return {};
  return quote(text);
}

std::string mailbox_argument(std::string_view server_name) {
  if (std::any_of(server_name.begin(), server_name.end(), breaks_a_line))
    throw std::invalid_argument{"a mailbox name with a line break or NUL"};
  return quote(server_name);
}

std::string date_argument(const InternalDate& date) {
  return quote(format_internal_date(date));
}

std::vector<std::string> uid_commands(std::string_view before, const UidSet& set,
                                      std::string_view after, std::size_t max_octets) {
  constexpr std::size_t least = 21; // one range, however long the rest is
  const std::size_t fixed = before.size() + after.size() + 2;
  const std::size_t room = max_octets > fixed + least ? max_octets - fixed : least;
  std::vector<std::string> commands = split_uid_set(set, room);
  for (std::string& command : commands) {
    command.insert(0, 1, ' ').insert(0, before);
    if (!after.empty()) (command += ' ') += after;
  }
  return commands;
}

std::vector<Flags> flag_lists(const Flags& flags, std::size_t max_octets) {
  if (flags.empty()) return {};
  std::vector<Flags> lists;
  lists.push_back(flags);
  if (flags.to_string().size() <= max_octets) return lists;
  for (const std::string& keyword : flags.keywords()) lists.front().remove(keyword);
  std::size_t octets = lists.front().to_string().size();
  for (const std::string& keyword : flags.keywords()) {
    if (octets + keyword.size() + 1 > max_octets) {
      lists.emplace_back();
      octets = std::string_view{"()"}.size();
    }
    lists.back().add(keyword);
    octets += keyword.size() + 1;
  }
  return lists;
}

} // namespace imap
