// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_PROGRESS_H
#define IMAPSYNC_IMAP_APPLY_PROGRESS_H

#include "context.h"
#include "posix/clock.h"

/// Tells how far the appends are: a few times in a second, and at the end of a round.
class Progress {
 public:
  Progress(record::Side side, Outcomes& outcomes) : side_{side}, outcomes_{outcomes} {}

  void expect(std::uint64_t messages, std::uint64_t octets);
  /// So many were appended.
  void count(std::uint64_t messages, std::uint64_t octets,
             const record::Mailbox& mailbox);
  /// So many were not: they are dealt with, but their octets are not there.
  void leave(std::uint64_t messages, std::uint64_t octets,
             const record::Mailbox& mailbox);
  void tell();

 private:
  struct Sum {
    std::uint64_t messages = 0, octets = 0;
  };

  record::Side side_;
  Outcomes& outcomes_;
  Sum all_, done_;
  std::uint64_t told_messages_ = 0;
  record::Mailbox last_;
  posix::Clock::time_point told_;
};

#endif
