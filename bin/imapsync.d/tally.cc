// SPDX-License-Identifier: GPL-3.0-or-later
#include "tally.h"

#include <algorithm>

void Tally::begin_line() {
  begun_ = false;
  answered_[0] = answered_[1] = false;
}

std::optional<std::string> Tally::awaited() const {
  if (!begun_ || connected()) return {};
  if (answered_[0]) return "the remote server";
  return answered_[1] ? "the local server" : "both servers";
}

void Tally::add(const record::Record& record) {
  if (const auto* failed = std::get_if<record::Failed>(&record))
    add(*failed);
  else if (const auto* warning = std::get_if<record::Warning>(&record))
    failures_.warn(*warning);
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
}

void Tally::add(const record::Failed& failed) {
  const bool ends = failed.action.text == "select" && failed.code.text == "connection";
  if (ends && failed.mailbox)
    suspect_ = *failed.mailbox; // the stage that ends tells why
  else
    failures_.add(failed);
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

std::optional<std::string> Tally::take_suspect() { return std::exchange(suspect_, {}); }

std::vector<std::string> Tally::take_again() {
  std::vector<std::string> mailboxes{again_.begin(), again_.end()};
  again_.clear();
  return mailboxes;
}
