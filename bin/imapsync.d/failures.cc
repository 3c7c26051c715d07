// SPDX-License-Identifier: GPL-3.0-or-later
#include "failures.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/messages.h"
#include "imap/ascii.h"
#include "posix/fault.h"

namespace {

constexpr std::size_t max_told = 100'000;
constexpr std::size_t max_alike = 20;      // that are told one by one
constexpr std::size_t max_uids_shown = 60; // octets

// What another run can be expected to get done.
bool is_temporary(const record::Failed& failed) {
  const std::string& code = failed.code.text;
  return code == "connection" || code == "overquota" || code == "modified";
}

// What the next round may mend: told at the end, if it is still so.
bool is_passing(const record::Failed& failed) {
  return failed.code.text == "connection" || failed.code.text == "modified";
}

std::string_view words(const std::string& code) {
  constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"modified", "changed meanwhile"},
      {"refused", "refused"},
      {"empty", "the message is empty"},
      {"overquota", "over quota"},
      {"uidvalidity", "UIDVALIDITY changed"},
      {"rollback", "the server went back in time"},
      {"missing", "missing"},
      {"vanished", "missing without a report"},
      {"guard", "too many deletions"},
      {"name", "the name cannot be used there"},
      {"readonly", "the mailbox is read-only"},
      {"mismatch", "the messages are not the recorded ones"},
      {"unsupported", "the server cannot do that"},
      {"connection", "the connection was lost"},
      {"fatal", "a server ends the session"}};
  for (const auto& [name, text] : known)
    if (name == code) return text;
  return code;
}

std::string shortened(std::string text) {
  if (text.size() > max_uids_shown) text.replace(max_uids_shown, text.npos, "...");
  return text;
}

std::string place(const std::optional<record::Side>& side,
                  const record::MaybeMailbox& mailbox) {
  std::string text = mailbox ? cli::printable(*mailbox) : "";
  if (side) text += fmt::format("{}{}", text.empty() ? "" : ": ", record::name(*side));
  return text;
}

// "INBOX: remote: append of 12,15: refused: text", fit for a terminal.
std::string text_of(const record::Failed& failed) {
  std::string text = place(failed.side, failed.mailbox) + ": " + failed.action.text;
  if (failed.uids && !failed.uids->empty())
    text += fmt::format(" of {}", shortened(failed.uids->to_string()));
  const std::string_view what = words(failed.code.text);
  const bool repeats = failed.text.size() >= what.size() &&
                       imap::equal_nocase(failed.text.substr(0, what.size()), what);
  if (!repeats) text += fmt::format(": {}", what);
  if (!failed.text.empty()) text += ": " + cli::printable(failed.text);
  return text;
}

} // namespace

Failures::Kind Failures::kind(const record::Failed& failed) {
  return {failed.mailbox.value_or(""), failed.side, failed.action.text, failed.code.text};
}

void Failures::begin_round(const std::vector<std::string>& mailboxes) {
  if (mailboxes.empty()) standing_.clear();
  for (const std::string& mailbox : mailboxes) standing_.erase(mailbox);
}

void Failures::add(const record::Failed& failed) {
  if (failed.code.text == "gone") return;
  standing_[failed.mailbox.value_or("")].push_back(failed);
  if (!is_passing(failed)) tell(failed);
}

void Failures::tell(const record::Failed& failed) {
  if (told_.size() >= max_told) return;
  const std::string text = text_of(failed);
  if (told_.insert(text).second)
    (++told_of_[kind(failed)] <= max_alike ? tell_ : note_)(text);
}

void Failures::warn(const record::Warning& warning) {
  std::string text = place(warning.side, warning.mailbox);
  text += fmt::format("{}warning: {}", text.empty() ? "" : ": ",
                      cli::printable(warning.text));
  if (told_.size() < max_told && told_.insert(text).second) tell_(text);
}

void Failures::tell_the_rest() {
  std::map<Kind, std::size_t> standing;
  for (const auto& [mailbox, failures] : standing_)
    for (const record::Failed& failed : failures) {
      tell(failed);
      ++standing[kind(failed)];
    }
  for (const auto& [kind, count] : standing) {
    const auto& [mailbox, side, action, code] = kind;
    if (told_of_[kind] <= max_alike || count <= max_alike) continue;
    tell_(fmt::format("{}: {}: {}: {} more like these", place(side, mailbox), action,
                      words(code), cli::count_text(count - max_alike)));
  }
}

std::size_t Failures::count() const {
  std::size_t count = 0;
  for (const auto& [mailbox, failures] : standing_) count += failures.size();
  return count;
}

int Failures::status() const {
  if (standing_.empty()) return EX_OK;
  for (const auto& [mailbox, failures] : standing_)
    if (!std::ranges::all_of(failures, is_temporary)) return 1;
  return EX_TEMPFAIL;
}
