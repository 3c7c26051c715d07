// SPDX-License-Identifier: GPL-3.0-or-later
#include "foresight.h"

void Foresight::on(const record::Server& server) {
  if (server.side != target_) return;
  server_ = true;
  if (likely_) select();
}

void Foresight::on(const record::Differs& differs) {
  if (differs.side == target_) return;
  selector_.open();
  if (differs.grown()) fetcher_.prepare(differs.mailbox);
  if (likely_ || !differs.known()) return;
  likely_ = differs.mailbox;
  if (server_) select();
}

void Foresight::select() {
  selector_.know(
      *likely_, [](const Selected&) {}, [](const Problem&) {});
}

void Foresight::reset() {
  server_ = false;
  likely_.reset();
}
