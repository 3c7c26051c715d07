// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_PLAN_TEXT_H
#define IMAPSYNC_BIN_PLAN_TEXT_H

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "record/record.h"

/// What --dry-run prints of the actions of a plan. On a terminal, one line for each kind
/// of action in each mailbox, at the end: memory grows with these lines, not with
/// messages. Elsewhere the records themselves, as they come.
class PlanText {
 public:
  explicit PlanText(bool as_records) : as_records_{as_records} {}

  /// Throws Fault 74 if standard output fails.
  void add(const record::Record& record);
  void finish();

 private:
  struct Sum {
    std::uint64_t messages = 0, octets = 0;
  };
  void add(record::Side side, const std::string& mailbox, int order,
           const std::string& action, std::uint64_t messages = 0,
           std::uint64_t octets = 0);
  std::string text() const;

  bool as_records_;
  // The order of work within a mailbox, then the words.
  using Key = std::pair<int, std::string>;
  std::map<std::pair<std::string, record::Side>, std::map<Key, Sum>> sums_;
  std::string records_{record::header};
};

#endif
