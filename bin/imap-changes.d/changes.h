// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_CHANGES_H
#define IMAPSYNC_IMAP_CHANGES_CHANGES_H

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/session.h"
#include "filter/stdio.h"
#include "options.h"
#include "pattern.h"
#include "selection.h"

/// imap-changes(1): the changes of one side since the recorded state.
class Changes {
 public:
  explicit Changes(Options options);
  int run();

 private:
  struct Listing {
    std::string server_name;
    record::Listed record;
  };

  void on_record(const record::Reader::Item& item);
  void begin_round();
  void require_capabilities() const;
  void ask_delimiter();
  void list();
  void unselect();
  std::string list_command() const;
  void listed(const imap::Tagged& answer);
  bool absorb(imap::Response& response);
  void add(const imap::ListData& data);
  void add(const imap::StatusData& data);
  bool wanted(const std::string& server_name, const record::Mailbox& mailbox) const;
  void compare();
  bool differs(const record::Listed& listed, const record::Numbers& recorded) const;
  std::uint64_t asked() const;
  void pump();

  Options options_;
  std::optional<Pattern> ignore_;
  posix::Loop loop_;
  filter::Stdio io_;
  client::Session session_;

  // Known for good once the server has said it.
  bool enabled_ = false, delimiter_known_ = false, special_use_ = true;
  std::optional<char> delimiter_;

  // Of this round.
  std::optional<record::EndRound> end_round_;
  bool all_requested_ = false, states_complete_ = false, list_complete_ = false;
  std::set<record::Mailbox> requested_;
  std::map<record::Mailbox, record::Numbers> recorded_;
  std::map<record::Mailbox, Listing> listings_;
  std::deque<Selection::Mailbox> to_select_;
  std::deque<std::unique_ptr<Selection>> selections_;
  bool was_selected_ = false;
};

#endif
