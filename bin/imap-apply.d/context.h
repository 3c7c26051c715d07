// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_CONTEXT_H
#define IMAPSYNC_IMAP_APPLY_CONTEXT_H

#include <functional>
#include <optional>
#include <string>

#include "client/session.h"
#include "imap/mailbox_name.h"
#include "record/record.h"

/// How one side writes the names of mailboxes, and its session.
struct Peer {
  record::Side side = {};
  std::string reference;         ///< server form, such as "shared/"
  std::optional<char> delimiter; ///< told by a `server` record, before any action
  client::Session* session = nullptr;

  std::variant<std::string, imap::NameError>
  server_name(const record::Mailbox& name) const {
    return imap::server_from_canonical(name, delimiter, reference);
  }
};

/// What went wrong with an action: the last fields of a `failed` record.
struct Problem {
  std::string code, text;
};

/// The problem that a tagged NO or BAD tells.
Problem problem_of(const imap::Tagged& answer);

/// Where outcomes go. An action is open until it was reported in full.
class Outcomes {
 public:
  explicit Outcomes(std::function<void(const record::Record&)> emit)
      : emit_{std::move(emit)} {}

  void emit(const record::Record& record) { emit_(record); }
  void failed(record::Side side, const record::Mailbox& mailbox, const char* action,
              std::optional<imap::UidSet> uids, Problem problem) {
    emit_(record::Failed{
        side, mailbox, {action}, std::move(uids), {problem.code}, problem.text});
  }
  void open(std::size_t n = 1) { open_ += n; }
  void close(std::size_t n = 1) { open_ -= n; }
  bool all_closed() const { return open_ == 0; }

 private:
  std::function<void(const record::Record&)> emit_;
  std::size_t open_ = 0;
};

#endif
