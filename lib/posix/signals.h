// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_SIGNALS_H
#define IMAPSYNC_POSIX_SIGNALS_H

namespace posix {

/// Catches SIGINT and SIGTERM from here on, so that what is in flight can be finished:
/// they interrupt poll(2) and are remembered. A program has one.
class Signals {
 public:
  Signals();
  /// The signal that came, 0 while none did.
  static int caught();
  /// Ends the process by the signal that came; returns if none did.
  static void end();
};

} // namespace posix

#endif
