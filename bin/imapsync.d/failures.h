// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_FAILURES_H
#define IMAPSYNC_BIN_FAILURES_H

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "record/record.h"

/// What failed in a run and is not mended yet, and what people are told of it: each thing
/// once, and of many alike some.
class Failures {
 public:
  using Tell = std::function<void(const std::string&)>;

  /// `tell` gets a line for what everybody should know, `note` for the rest of many
  /// alike.
  Failures(Tell tell, Tell note) : tell_{std::move(tell)}, note_{std::move(note)} {}

  /// A round begins that asks for `mailboxes` (none: for all): what failed there is open
  /// again.
  void begin_round(const std::vector<std::string>& mailboxes);
  void add(const record::Failed& failed);
  void warn(const record::Warning& warning);
  /// Tells those that were kept back because another round might have mended them, and
  /// how many were not told one by one.
  void tell_the_rest();

  /// How many stand.
  std::size_t count() const;
  /// 0 if nothing is left to be done, 1 if something was refused, 75 if all that is left
  /// can be expected to work another time.
  int status() const;

 private:
  /// Mailbox, side, action, code.
  using Kind = std::tuple<std::string, record::Side, std::string, std::string>;
  static Kind kind(const record::Failed& failed);
  void tell(const record::Failed& failed);

  Tell tell_, note_;
  std::set<std::string, std::less<>> told_, noted_;
  std::map<Kind, std::size_t> told_of_;
  /// By mailbox.
  std::map<std::string, std::vector<record::Failed>, std::less<>> standing_;
};

#endif
