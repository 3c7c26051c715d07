// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_SELECTION_H
#define IMAPSYNC_IMAP_CHANGES_SELECTION_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "client/lending.h"
#include "record/record.h"

/// One mailbox that differs: the commands that list its changes, and what they said.
///
/// SELECT (QRESYNC), UID SEARCH where there is room for deletions, and UID FETCH of what
/// is new go out in one flight; the answers are interpreted when all have come, but new
/// messages are passed on as they arrive.
class Selection {
 public:
  /// What is known of the mailbox before it is selected.
  struct Mailbox {
    record::Mailbox name;
    std::string server_name;
    record::Numbers recorded; ///< all 0 if it was never synchronised
    record::Numbers listed;   ///< of LIST-STATUS
  };
  using Emit = std::function<void(const record::Record&)>;

  /// `examine`: nothing at all is changed, not even \Recent, and nothing learned of what
  /// could be.
  Selection(client::Session& session, record::Side side, Mailbox mailbox, bool examine,
            Emit emit);

  /// Whether commands are left to be sent.
  bool more() const { return !select_sent_ || !to_send_.empty(); }
  /// Sends the next command.
  void issue();
  const record::Mailbox& name() const { return mailbox_.name; }
  /// The server has begun to answer.
  bool told() const { return counted_ || finished_; }
  /// New messages that were asked for and have not all come.
  std::uint64_t asked() const { return asked_; }
  /// All commands were sent and answered; the last record was emitted.
  bool finished() const { return finished_; }
  /// What is selected once it is finished, for whom the session is lent to, if that is
  /// certain.
  std::optional<client::LentMailbox> selected() const {
    if (failure_) return {};
    return client::LentMailbox{mailbox_.name, numbers_.uidvalidity, permanent_,
                               writable_};
  }

 private:
  struct Step {
    std::string command;
    std::uint64_t messages = 0; ///< that it asks for at most
  };

  bool room_for_deletions() const;
  void plan_fetches();
  void send(const Step& step);
  void select();
  void answered(const imap::Tagged& answer, bool is_select);
  bool absorb(imap::Response& response);
  void absorb_code(const imap::Code& code);
  void absorb_fetch(const imap::FetchData& fetch);
  void absorb_new(const imap::FetchData& fetch);
  imap::UidSet tell_incomplete();
  void tell_omitted(const imap::UidSet& incomplete);
  void change(const record::Record& record);
  void finish();

  client::Session& session_;
  record::Side side_;
  Mailbox mailbox_;
  bool examine_;
  Emit emit_;

  std::deque<Step> to_send_; ///< behind the SELECT
  bool select_sent_ = false, selected_ = false, finished_ = false, searched_ = false;
  bool fetches_new_ = false, counted_ = false;
  std::size_t unanswered_ = 0;
  std::uint64_t asked_ = 0;
  std::optional<record::Failed> failure_;

  record::Numbers numbers_; ///< of the SELECT
  imap::PermanentFlags permanent_ = imap::PermanentFlags::unsaid();
  bool writable_ = true, sticky_ = true;
  imap::UidSet vanished_, gone_; ///< before the SELECT, since then
  imap::UidSet present_, seen_new_;
  std::map<imap::Uid, imap::Flags> flags_; ///< of messages that are known
  /// New messages whose items come in several responses (RFC 3501 7.4.2 allows it).
  std::map<imap::Uid, imap::FetchData> parts_;
  std::uint64_t changes_ = 0;
};

#endif
