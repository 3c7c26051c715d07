// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_LOANS_H
#define IMAPSYNC_BIN_LOANS_H

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "line.h"
#include "posix/message.h"

/// The sockets by which one stage of a line lends another its session (see
/// client/lending.h), from their making until the stages are started.
class Loans {
 public:
  /// As (ours, its number there).
  using Descriptors = std::vector<std::pair<int, int>>;

  /// What the stage is to be started with, and named in our environment. A side's lender
  /// comes before its borrower in the line. Throws Fault 71.
  Descriptors of(const Stage& stage);

 private:
  void add(const std::string& use, Descriptors& descriptors);
  void take(const std::string& use, Descriptors& descriptors);

  std::map<std::string, posix::Ends> ends_; ///< by what names them in the environment
};

#endif
