// SPDX-License-Identifier: GPL-3.0-or-later
#include "loans.h"

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv

#include "imap/ascii.h"
#include "posix/fault.h"

namespace {

/// Above those where imap-connect(1) puts sessions.
constexpr int lowest = 32;

} // namespace

Loans::Descriptors Loans::of(const Stage& stage) {
  Descriptors descriptors;
  if (!stage.lends.empty()) {
    add(stage.lends, descriptors);
    add(stage.lends + "_target", descriptors);
  }
  take(stage.fetches, descriptors);
  take(stage.changes + "_target", descriptors);
  return descriptors;
}

void Loans::add(const std::string& use, Descriptors& descriptors) {
  posix::Ends& ends = ends_[use] = posix::connected_pair();
  ends.one = posix::duplicate(ends.one.get(), lowest);
  // Both find their end at the same number, which is free in all stages but the two.
  const int number = ends.one.get();
  const std::string variable = "IMAPSYNC_LEND_" + imap::upper(use) + "_FD";
  if (::setenv(variable.c_str(), std::to_string(number).c_str(), 1) != 0)
    throw posix::system_fault(EX_OSERR, "setenv");
  descriptors.emplace_back(number, number);
}

void Loans::take(const std::string& use, Descriptors& descriptors) {
  if (const auto found = ends_.find(use); found != ends_.end())
    descriptors.emplace_back(found->second.other.get(), found->second.one.get());
}
