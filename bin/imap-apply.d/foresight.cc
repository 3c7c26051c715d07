// SPDX-License-Identifier: GPL-3.0-or-later
#include "foresight.h"

void Foresight::on(const record::Differs& differs) {
  if (differs.side == target_) return;
  selector_.open();
  if (differs.grown) fetcher_.prepare(differs.mailbox);
  if (selected_) return;
  differing_.insert(differs.mailbox);
  select(differs.mailbox);
}

void Foresight::on(const record::Listed& listed) {
  if (selected_ || listed.side != target_ || listed.numbers.uidvalidity == 0) return;
  there_.insert(listed.mailbox);
  select(listed.mailbox);
}

void Foresight::select(const record::Mailbox& mailbox) {
  if (!differing_.contains(mailbox) || !there_.contains(mailbox)) return;
  selected_ = true;
  selector_.know(
      mailbox, [](const Selected&) {}, [](const Problem&) {});
  differing_.clear();
  there_.clear();
}

void Foresight::reset() {
  selected_ = false;
  differing_.clear();
  there_.clear();
}
