// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_PERSIST_H
#define IMAP_CONNECT_PERSIST_H

#include <optional>

#include "early.h"
#include "serve.h"

/// With `persist`: has a process in the background serve the client, one that keeps a
/// session which suits, or else a new one. Returns the exit code once the client has
/// finished; nothing if no session of its can be kept. Throws Fault, 78 if the place for
/// sockets is not safe.
std::optional<int> serve_kept(const Options& options, Orders& orders,
                              const stream::Client& client, Early& early,
                              const stream::Trace& trace);

/// How many sessions of a side are kept, in use or not.
int kept_sessions(const Options& options, const Settings& settings);

/// Ends the sessions of a side that are kept; one in use, when its client has finished.
/// Returns the exit code.
int end_kept(const Options& options);

#endif
