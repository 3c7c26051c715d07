// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_TALLY_H
#define IMAPSYNC_BIN_TALLY_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "failures.h"
#include "record/record.h"

/// What the records at the tail say about a run: what was done, what failed, what wants
/// another round. Memory grows with mailboxes and failures, not with messages.
class Tally {
 public:
  /// Outcomes on one side that are safe on disk, by their kind ("appended", "stored").
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  struct Transfer {
    std::uint64_t messages = 0, messages_total = 0, octets = 0, octets_total = 0;
  };

  explicit Tally(Failures failures) : failures_{std::move(failures)} {}

  /// A life of the line begins: its servers have not answered yet.
  void begin_line();
  void add(const record::Record& record);

  /// The mailboxes that want another round, since the last call.
  std::vector<std::string> take_again();
  /// The mailbox that a session ended over, since the last call.
  std::optional<std::string> take_suspect();
  Failures& failures() { return failures_; }
  const Failures& failures() const { return failures_; }

  const Counts& counts(record::Side side) const { return counts_[side_index(side)]; }
  /// Messages that were found on both sides.
  std::uint64_t paired() const { return paired_; }
  /// All `committed` rows so far.
  std::uint64_t committed() const { return committed_; }
  /// Mailboxes that there are on either side, as far as they were asked for.
  std::uint64_t mailboxes() const { return mailboxes_; }
  /// What has been appended on a side so far, and what is known to come.
  Transfer transfer(record::Side side) const;
  /// While nothing comes from the line: what it waits for, "the remote server", if that
  /// is known by what has come.
  std::optional<std::string> awaited() const;
  /// Both servers have answered: no question of a program that connects is open.
  bool connected() const { return answered_[0] && answered_[1]; }
  /// The mailbox that moved last.
  const std::string& current_mailbox() const { return current_; }

 private:
  static std::size_t side_index(record::Side side) {
    return side == record::Side::remote;
  }
  void add(const record::Failed& failed);
  void add(const record::Progress& progress);
  void add(const record::Committed& committed);

  Failures failures_;
  std::optional<std::string> suspect_;
  Counts counts_[2];
  Transfer before_[2], lives_[2]; ///< sums of former lives of the line, of this one
  std::string current_;
  bool begun_ = false; ///< a round has passed all stages
  bool answered_[2] = {};
  std::set<std::string, std::less<>> again_;
  std::uint64_t paired_ = 0, committed_ = 0, mailboxes_ = 0;
};

#endif
