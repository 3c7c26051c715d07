// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_CHANGES_H
#define IMAPSYNC_IMAP_CHANGES_CHANGES_H

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/lending.h"
#include "client/session.h"
#include "filter/lead.h"
#include "filter/stdio.h"
#include "lister.h"
#include "options.h"
#include "selection.h"

/// imap-changes(1): the changes of one side since the recorded state.
class Changes {
 public:
  explicit Changes(Options options);
  int run();

 private:
  void emit(const record::Record& record);
  void on_record(const record::Reader::Item& item);
  void begin_round();
  std::optional<record::Mailbox> blame(const posix::Fault& fault);
  void require_capabilities() const;
  void list();
  void unselect();
  void compare();
  bool differs(const record::Listed& listed, const record::Numbers& recorded) const;
  void promise();
  void promise_target(bool soon);
  std::uint64_t asked() const;
  void pump();
  void listed_all();

  Options options_;
  posix::Loop loop_;
  filter::Stdio io_;
  client::Session session_;
  client::Lender lender_;
  Lister lister_;
  bool enabled_ = false;

  // Of this round.
  std::optional<record::EndRound> end_round_;
  bool to_list_ = false, requests_complete_ = false, states_complete_ = false,
       list_complete_ = false;
  filter::Lead lead_;
  std::map<record::Mailbox, record::Numbers> recorded_;
  std::deque<Selection::Mailbox> to_select_;
  std::deque<std::unique_ptr<Selection>> selections_;
  bool was_selected_ = false;
  std::optional<client::LentMailbox> selected_; ///< if that is certain
  bool to_lend_ = false; ///< as soon as this round's changes are listed
  /// The server is near if it answers until then.
  std::optional<posix::Clock::time_point> near_until_;
  bool read_first_ = false;  ///< before it is lent to whom this side is the target
  std::uint64_t octets_ = 0; ///< of messages that were not known
};

#endif
