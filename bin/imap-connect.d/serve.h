// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SERVE_H
#define IMAP_CONNECT_SERVE_H

#include <optional>
#include <string>

#include "connect.h"
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

/// The relay's life: connects (with `wait`, when the client's first octet arrives, or
/// only logs in then where Options::at_once says so), greets the client, and passes
/// octets until either end is finished. A failure is told to the client as BYE. Returns
/// the exit code.
int serve(const Options& options, Orders orders, stream::Client client, bool wait);

// Its parts, which a process that keeps its session does differently.

/// Writes to the client as long as that takes; nothing if it has left.
void tell(const stream::Client& client, const std::string& text);
/// From here on only what is open is needed.
void seal(Session& session, bool sandbox, const stream::Trace& trace);
/// Ends the session and waits, not for long, for the command of a tunnel.
void end_tunnel(Session& session, const Options& options);
/// Tells the user of a fault if nobody else will; returns its status.
int report(const Options& options, const posix::Fault& fault);

#endif
