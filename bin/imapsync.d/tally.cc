// SPDX-License-Identifier: GPL-3.0-or-later
#include "tally.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/messages.h"
#include "posix/fault.h"

namespace {

constexpr std::size_t max_told = 100'000;
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
      {"fatal", "the server ends the session"}};
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

} // namespace

std::string failure_text(const record::Failed& failed) {
  std::string text = place(failed.side, failed.mailbox) + ": " + failed.action.text;
  if (failed.uids && !failed.uids->empty())
    text += fmt::format(" of {}", shortened(failed.uids->to_string()));
  text += fmt::format(": {}", words(failed.code.text));
  if (!failed.text.empty()) text += ": " + cli::printable(failed.text);
  return text;
}

void Tally::begin_line() {
  begun_ = false;
  answered_[0] = answered_[1] = false;
}

std::optional<std::string> Tally::awaited() const {
  if (!begun_ || connected()) return {};
  if (answered_[0]) return "the remote server";
  return answered_[1] ? "the local server" : "both servers";
}

void Tally::begin_round(const std::vector<std::string>& mailboxes) {
  if (mailboxes.empty()) failures_.clear();
  for (const std::string& mailbox : mailboxes) failures_.erase(mailbox);
}

void Tally::add(const record::Record& record) {
  if (const auto* failed = std::get_if<record::Failed>(&record))
    add(*failed);
  else if (const auto* progress = std::get_if<record::Progress>(&record))
    add(*progress);
  else if (const auto* safe = std::get_if<record::Committed>(&record))
    add(*safe);
  else if (const auto* server = std::get_if<record::Server>(&record))
    answered_[side_index(server->side)] = true;
  else if (std::holds_alternative<record::Round>(record))
    begun_ = true;
  else if (const auto* again = std::get_if<record::Again>(&record))
    again_.insert(again->mailbox);
  else if (const auto* compared = std::get_if<record::Compared>(&record))
    mailboxes_ = std::max(mailboxes_, compared->count); // a later round has less to do
  else if (const auto* warning = std::get_if<record::Warning>(&record)) {
    std::string text = place(warning->side, warning->mailbox);
    text += fmt::format("{}warning: {}", text.empty() ? "" : ": ",
                        cli::printable(warning->text));
    if (told_.size() < max_told && told_.insert(text).second) tell_(text);
  }
}

void Tally::add(const record::Failed& failed) {
  if (failed.code.text == "gone") return;
  failures_[failed.mailbox.value_or("")].push_back(failed);
  if (is_passing(failed) || told_.size() >= max_told) return;
  const std::string text = failure_text(failed);
  if (told_.insert(text).second) tell_(text);
}

void Tally::add(const record::Progress& progress) {
  const auto side = side_index(progress.side);
  const Transfer now{progress.messages, progress.messages_total, progress.octets,
                     progress.octets_total};
  // A count that went back is that of another life of the line: what was done before
  // stays done.
  if (now.messages < lives_[side].messages) before_[side] = transfer(progress.side);
  lives_[side] = now;
  current_ = progress.mailbox;
}

Tally::Transfer Tally::transfer(record::Side side) const {
  const Transfer& before = before_[side_index(side)];
  const Transfer& now = lives_[side_index(side)];
  return {before.messages + now.messages, before.messages + now.messages_total,
          before.octets + now.octets, before.octets + now.octets_total};
}

void Tally::add(const record::Committed& committed) {
  committed_ += committed.count;
  if (committed.side)
    counts_[side_index(*committed.side)][committed.what.text] += committed.count;
  else if (committed.what.text == "pair")
    paired_ += committed.count;
}

std::vector<std::string> Tally::take_again() {
  std::vector<std::string> mailboxes{again_.begin(), again_.end()};
  again_.clear();
  return mailboxes;
}

void Tally::tell_the_rest() {
  for (const auto& [mailbox, failures] : failures_)
    for (const record::Failed& failed : failures)
      if (const auto text = failure_text(failed);
          told_.size() < max_told && told_.insert(text).second)
        tell_(text);
}

std::size_t Tally::failures() const {
  std::size_t count = 0;
  for (const auto& [mailbox, failures] : failures_) count += failures.size();
  return count;
}

int Tally::status() const {
  if (failures_.empty()) return EX_OK;
  for (const auto& [mailbox, failures] : failures_)
    if (!std::ranges::all_of(failures, is_temporary)) return 1;
  return EX_TEMPFAIL;
}
