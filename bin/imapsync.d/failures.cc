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
  const std::string text = text_of(failed);
  if (told_.contains(text) || noted_.contains(text)) return;
  if (told_.size() + noted_.size() >= max_told) return;
  const bool one_of_few = told_of_[kind(failed)]++ < max_alike;
  (one_of_few ? told_ : noted_).insert(text);
  (one_of_few ? tell_ : note_)(text);
}

void Failures::warn(const record::Warning& warning) {
  std::string text = place(warning.side, warning.mailbox);
  text += fmt::format("{}warning: {}", text.empty() ? "" : ": ",
                      cli::printable(warning.text));
  if (told_.size() < max_told && told_.insert(text).second) tell_(text);
}

void Failures::tell_the_rest() {
  // Of many alike some may be mended by now that were told, and others not that were not.
  std::map<Kind, std::size_t> named, more;
  for (const auto& [mailbox, failures] : standing_)
    for (const record::Failed& failed : failures)
      if (told_.contains(text_of(failed))) ++named[kind(failed)];
  for (const auto& [mailbox, failures] : standing_)
    for (const record::Failed& failed : failures) {
      const std::string text = text_of(failed);
      if (told_.contains(text)) continue;
      if (named[kind(failed)] < max_alike) {
        ++named[kind(failed)];
        told_.insert(text);
        tell_(text);
      } else {
        ++more[kind(failed)];
        if (noted_.insert(text).second) note_(text);
      }
    }
  for (const auto& [kind, count] : more) {
    const auto& [mailbox, side, action, code] = kind;
    tell_(fmt::format("{}: {}: {}: {} more like these", place(side, mailbox), action,
                      words(code), cli::count_text(count)));
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
