// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_PLAN_TEXT_H
#define IMAPSYNC_BIN_PLAN_TEXT_H

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "record/record.h"

/// What --dry-run prints: the actions of a plan, one line for each kind of action in each
/// mailbox. Memory grows with these lines, not with messages.
class PlanText {
 public:
  void add(const record::Record& record);
  /// The lines, sorted by mailbox; empty if there is nothing to do.
  std::string text() const;

 private:
  struct Sum {
    std::uint64_t messages = 0, octets = 0;
  };
  void add(record::Side side, const std::string& mailbox, int order,
           const std::string& action, std::uint64_t messages = 0,
           std::uint64_t octets = 0);

  // The order of work within a mailbox, then the words.
  using Key = std::pair<int, std::string>;
  std::map<std::pair<std::string, record::Side>, std::map<Key, Sum>> sums_;
};

#endif
