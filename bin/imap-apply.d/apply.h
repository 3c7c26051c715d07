// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_APPLY_H
#define IMAPSYNC_IMAP_APPLY_APPLY_H

#include <optional>
#include <set>
#include <vector>

#include "appender.h"
#include "carrier.h"
#include "client/lending.h"
#include "client/session.h"
#include "copier.h"
#include "editor.h"
#include "expunger.h"
#include "fetcher.h"
#include "filter/stdio.h"
#include "loans.h"
#include "options.h"
#include "posix/signals.h"
#include "progress.h"
#include "refusals.h"
#include "selector.h"
#include "stock.h"
#include "storer.h"
#include "unopened.h"

/// imap-apply(1): makes one side, the target, match; the other one is the source.
class Apply {
 public:
  explicit Apply(Options options);
  int run();

 private:
  void on_record(const record::Reader::Item& item);
  bool act(const record::Record& record);
  void perform(const record::Record& record);
  bool foresee(const record::Record& record);
  bool all_fetched() const;
  bool one_by_one() const;
  bool may_append(bool in_pieces) const;
  void news(const imap::Response& response);
  void pump();
  void finish();
  void end_round();
  bool stopping() const;
  bool interrupted();
  void blame(const posix::Fault& fault);
  void blame(const Destination& destination, const std::vector<Message>& messages,
             const std::string& why);
  void answered(const Destination& destination, const std::vector<Message>& messages,
                const imap::Tagged& answer);
  bool lost(const posix::Fault& fault);

  Options options_;
  posix::Loop loop_;
  filter::Stdio io_;
  Outcomes outcomes_;
  Peer target_, source_;
  client::Session target_session_, source_session_;
  Selector selector_;
  Keywords keywords_;
  Refusals refusals_;
  Editor editor_;
  Storer storer_;
  Copier copier_;
  Expunger expunger_;
  Appender appender_;
  Stock stock_;
  Fetcher fetcher_;
  Loans loans_;
  Progress progress_;
  Carrier carrier_;

  // Of this round.
  std::vector<record::Expunge> expunges_;
  std::optional<record::EndRound> end_round_;
  bool planned_ = false; ///< all our actions have come, the expunges too
  std::set<record::Mailbox> foreign_;

  Unopened unopened_;
  std::optional<posix::Clock::time_point> end_; ///< of the wait after a signal
  bool blamed_ = false;                         ///< messages, for the end of a session
  bool abandoned_ = false, dropping_ = false;   ///< a message that comes after a signal
};

#endif
