// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_SELECTOR_H
#define IMAPSYNC_IMAP_APPLY_SELECTOR_H

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/lending.h"
#include "context.h"

/// What SELECT told of a mailbox of the target.
struct Selected {
  std::uint64_t uidvalidity = 0;
  imap::PermanentFlags permanent = imap::PermanentFlags::unsaid();
  bool writable = true;
};

/// Decides which mailbox of the target is selected when. Tasks run in the order in which
/// they came; those that only want to know a mailbox share its first SELECT.
class Selector {
 public:
  using Run = std::function<void(const Selected&)>;
  using Fail = std::function<void(const Problem&)>;

  explicit Selector(Peer& target) : target_{target} {}

  /// Opens the session, unless it is open. VANISHED, which ENABLE brings, tells which
  /// messages are gone; EXPUNGE does not (RFC 7162 3.2.10).
  void open();
  /// What comes behind this sees what is new in the selected mailbox.
  void refresh();
  /// Calls `run` while `mailbox` is selected, to send commands at once; or `fail`.
  void with(const record::Mailbox& mailbox, Run run, Fail fail);
  /// Calls `run` when the mailbox's numbers and flags are known, whatever is selected.
  void know(const record::Mailbox& mailbox, Run run, Fail fail);
  /// Forgets what is known of a mailbox: it was created.
  void forget(const record::Mailbox& mailbox) { known_.erase(mailbox); }
  /// The session is another one's, with this selected if it has a name.
  void adopt(const client::LentMailbox& mailbox);
  /// It is our own again, and not used.
  void returned();
  /// A new round: what was learnt, and what the server has shown of the mailbox that is
  /// selected, may be out of date.
  void reset();
  /// The mailbox selected last, confirmed or not, if any.
  const std::optional<record::Mailbox>& current() const { return current_; }

 private:
  struct Task {
    record::Mailbox mailbox;
    bool selected; ///< runs while the mailbox is selected
    Run run;
    Fail fail;
  };
  struct Entry {
    bool answered = false;
    Selected selected;
    std::optional<Problem> problem;
    std::deque<Task> waiting; ///< of know(), for the answer
  };

  void pump();
  void select(const record::Mailbox& mailbox);
  void answered(Entry& entry, const imap::Tagged& answer);
  static bool absorb(Selected& selected, const imap::Response& response);
  static void absorb_code(Selected& selected, const imap::Code& code);

  Peer& target_;
  std::deque<Task> tasks_;
  /// One that was forgotten lives on until its SELECT was answered.
  std::map<record::Mailbox, std::shared_ptr<Entry>> known_;
  std::optional<record::Mailbox> current_;
  bool open_ = false, stale_ = false;
  std::size_t selecting_ = 0; ///< SELECTs without an answer
};

#endif
