// SPDX-License-Identifier: GPL-3.0-or-later
#include "foresight.h"

void Foresight::on(const record::Server& server) {
  if (server.side != target_) return;
  server_ = true;
  select();
}

void Foresight::on(const record::Differs& differs) {
  if (differs.side == target_) {
    busy_[differs.mailbox] = differs.uidnext > 1;
  } else {
    selector_.open();
    if (differs.grown() && !borrower_.look()) fetcher_.open();
    changed_.push_back(differs);
  }
  select();
}

void Foresight::select() {
  if (!server_ || selected_) return;
  for (const record::Differs& differs : changed_) {
    const auto there = busy_.find(differs.mailbox);
    // The state knows it, so the target should have it; or it is listed there.
    if (there == busy_.end() ? !differs.known() : there->second) continue;
    selected_ = true;
    return selector_.know(
        differs.mailbox, [](const Selected&) {}, [](const Problem&) {});
  }
}

void Foresight::reset() {
  server_ = selected_ = false;
  changed_.clear();
  busy_.clear();
}
