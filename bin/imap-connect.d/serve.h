// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SERVE_H
#define IMAP_CONNECT_SERVE_H

#include <optional>

#include "posix/fault.h"
#include "settings.h"
#include "stream/relay.h"

/// What becomes of the configuration once it has been read; a fault is for the client.
struct Orders {
  Settings settings;
  std::optional<posix::Fault> fault;
};

/// Sees that nobody can look at this process's memory, then reads the configuration:
/// while the descriptors that we were given are still open, for one may have the
/// password.
Orders take_orders(const Options& options);

/// The relay's life: connects (with `wait`, when the client's first octet arrives),
/// greets the client, and passes octets until either end is finished. A failure is told
/// to the client as BYE. Returns the exit code.
int serve(const Options& options, Orders orders, const stream::Client& client, bool wait);

#endif
