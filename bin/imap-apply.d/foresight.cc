// SPDX-License-Identifier: GPL-3.0-or-later
#include "foresight.h"

void Foresight::on(const record::Server& server) {
  if (server.side != target_) return;
  server_ = true;
  if (likely_) select();
}

void Foresight::on(const record::Differs& differs) {
  if (differs.side == target_) {
    busy_.insert(differs.mailbox);
    return;
  }
  selector_.open();
  if (differs.grown()) fetcher_.open();
  if (likely_ || !differs.known()) return;
  likely_ = differs.mailbox;
  if (server_) select();
}

void Foresight::select() {
  if (busy_.contains(*likely_)) return;
  selector_.know(
      *likely_, [](const Selected&) {}, [](const Problem&) {});
}

void Foresight::reset() {
  server_ = false;
  likely_.reset();
  busy_.clear();
}
