// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SLOTS_H
#define IMAP_CONNECT_SLOTS_H

#include <optional>
#include <string>

#include "posix/fd.h"

/// The places that a side of a configuration has for kept sessions, in the runtime
/// directory: SIDE-DIGEST.N.sock, where the process listens that keeps one, and
/// SIDE-DIGEST.N, whose lock says who may talk to it. The lock is held for a client until
/// the session is at rest again, and is gone with its holders, however they end. The lock
/// files stay; a socket is removed by whoever holds the lock and finds nobody there.
class Slots {
 public:
  /// A few filters and a mail reader; servers allow ten sessions and more.
  static constexpr int count = 4;

  /// Nothing, and `why`, if there is no place for them. Throws Fault 78 if somebody else
  /// could get at them.
  static std::optional<Slots> find(const std::string& side,
                                   const std::string& config_file, std::string& why);

  std::string socket(int n) const { return prefix_ + std::to_string(n) + ".sock"; }
  /// Locks a slot; empty if somebody has it.
  posix::Fd lock(int n) const { return lock_file(std::to_string(n)); }
  /// To be held while one looks for a session that suits: else who is told no would hide
  /// sessions from others for that moment. Empty if others take too long.
  posix::Fd await_turn() const;

 private:
  explicit Slots(std::string prefix) : prefix_{std::move(prefix)} {}
  posix::Fd lock_file(const std::string& name) const;

  std::string prefix_;
};

#endif
