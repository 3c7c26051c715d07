// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/usage.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "imap/ascii.h"
#include "stream/late_compression.h"

namespace stream {

namespace {

/// No tag is longer.
constexpr std::size_t max_held = 1000;

constexpr std::string_view logout = "LOGOUT";

/// Commands whose effect is on mailboxes, or is over with UNSELECT.
constexpr std::string_view leaves_nothing[] = {
    "APPEND",    "CAPABILITY",  "CHECK",       "CLOSE",    "COPY",         "CREATE",
    "DELETE",    "DELETEACL",   "ENABLE",      "ESEARCH",  "EXAMINE",      "EXPUNGE",
    "FETCH",     "GETACL",      "GETMETADATA", "GETQUOTA", "GETQUOTAROOT", "ID",
    "IDLE",      "LIST",        "LISTRIGHTS",  "LSUB",     "MOVE",         "MYRIGHTS",
    "NAMESPACE", "NOOP",        "RENAME",      "REPLACE",  "SEARCH",       "SELECT",
    "SETACL",    "SETMETADATA", "SETQUOTA",    "SORT",     "STATUS",       "STORE",
    "SUBSCRIBE", "THREAD",      "UID",         "UNSELECT", "UNSUBSCRIBE",  "XLIST"};

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::string_view without_end(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \r\n");
  return line.substr(0, last == line.npos ? 0 : last + 1);
}

/// What follows the tag; nullopt as long as that is not complete, or if there is none.
std::optional<std::string_view> behind_tag(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == line.npos || space == 0) return std::nullopt;
  return without_end(line.substr(space + 1));
}

bool may_become_logout(std::string_view line) {
  if (line.size() > max_held) return false;
  const auto verb = behind_tag(line);
  return !verb || imap::equal_nocase(*verb, logout.substr(0, verb->size()));
}

} // namespace

void Usage::pass(std::string_view octets, std::string& server) {
  server += octets;
  up_.feed(octets, [&](std::string_view line) {
    note_line(line);
    return false;
  });
}

void Usage::said(std::string_view octets, std::string& server) {
  while (!octets.empty() && !left()) {
    // Up to the end of the line, or of the literal that we are in.
    if (!up_.idle()) {
      const std::size_t n = up_.feed(octets, [&](std::string_view line) {
        note_line(line);
        return up_.complete();
      });
      server += octets.substr(0, n);
      octets.remove_prefix(n);
      continue;
    }
    const std::size_t end = octets.find('\n');
    const std::size_t taken = end == octets.npos ? octets.size() : end + 1;
    held_ += octets.substr(0, taken);
    octets.remove_prefix(taken);
    if (end == octets.npos && may_become_logout(held_)) continue;
    const std::string line = std::exchange(held_, {});
    if (const auto verb = behind_tag(line);
        end != octets.npos && verb && imap::equal_nocase(*verb, logout))
      logout_tag_ = line.substr(0, line.find(' '));
    else
      pass(line, server);
  }
}

void Usage::note_line(std::string_view line) {
  if (up_.begins()) note_command(line);
  const std::string upper = imap::upper(line);
  for (const std::string_view word : {"MODSEQ", "CHANGEDSINCE", "CONDSTORE"})
    uses_condstore_ = uses_condstore_ || upper.find(word) != upper.npos;
  // Of a line that was cut nobody knows.
  if (line.size() > Lines::max_kept) uses_condstore_ = true;
  const bool no_command =
      up_.begins() && (line.empty() || imap::equal_nocase(line, "DONE"));
  if (up_.complete() && !no_command) ++pending_;
}

void Usage::note_command(std::string_view line) {
  std::string_view rest = without_end(line);
  if (imap::equal_nocase(rest, "DONE")) idling_ = false;
  if (rest.empty() || imap::equal_nocase(rest, "DONE")) return;
  const std::string_view tag = take_word(rest);
  const std::string verb = imap::upper(take_word(rest));
  const auto* const end = std::end(leaves_nothing);
  if (std::find(std::begin(leaves_nothing), end, verb) == end && tag != compress_tag)
    harmless_ = false;
  idling_ = verb == "IDLE";
  if (verb == "SELECT" || verb == "EXAMINE") selected_ = true;
  if (verb == "UNSELECT" || verb == "CLOSE") selected_ = false;
  while (verb == "ENABLE" && !rest.empty()) enabled_.insert(imap::upper(take_word(rest)));
}

void Usage::answered(std::string_view octets) {
  down_.feed(octets, [&](std::string_view line) {
    if (!down_.begins() || line.empty() || line[0] == '+') return false;
    if (line[0] == '*') {
      if (imap::equal_nocase(line.substr(0, 5), "* BYE")) harmless_ = false;
    } else if (pending_ > 0) {
      --pending_;
    } else {
      harmless_ = false; // somebody has miscounted
    }
    return false;
  });
}

std::string Usage::farewell() const {
  return "* BYE imap-connect keeps the session\r\n" + logout_tag_ + " OK LOGOUT\r\n";
}

void Usage::next_client() {
  held_.clear();
  logout_tag_.clear();
  pending_ = 0;
  selected_ = false;
}

} // namespace stream
