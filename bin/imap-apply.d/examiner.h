// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_EXAMINER_H
#define IMAPSYNC_IMAP_APPLY_EXAMINER_H

#include <cstdint>
#include <memory>
#include <optional>

#include "client/lending.h"
#include "context.h"

/// A mailbox of the source as it was selected; filled in when the answer comes.
struct Examined {
  record::Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  std::optional<Problem> problem;

  /// Why messages of a mailbox with this UIDVALIDITY are not to be had, if they are not.
  std::optional<Problem> objection(std::uint64_t expected) const;
};

/// Selects mailboxes of the source, read-only, one after the other.
class Examiner {
 public:
  explicit Examiner(Peer& source) : source_{source} {}

  /// What is selected behind all commands sent; null if nothing is.
  const std::shared_ptr<Examined>& selected() const { return selected_; }
  bool has_selected(const record::Mailbox& mailbox) const {
    return selected_ && selected_->mailbox == mailbox;
  }
  void select(const record::Mailbox& mailbox);
  /// What was selected when it was adopted still is.
  bool as_adopted() const { return adopted_; }
  /// The session is another one's, with this selected, or something else.
  void adopt(const client::LentMailbox& mailbox);
  /// Whatever is wanted next is selected anew.
  void reset() { selected_.reset(); }
  /// Another session, in which nothing is.
  void restart() {
    reset();
    any_ = false;
  }

 private:
  Peer& source_;
  std::shared_ptr<Examined> selected_;
  bool any_ = false, adopted_ = false;
};

#endif
