// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SERVE_H
#define IMAP_CONNECT_SERVE_H

#include "settings.h"
#include "stream/relay.h"

/// The relay's life: connects (with `wait`, when the client's first octet arrives),
/// greets the client, and passes octets until either end is finished. A failure is told
/// to the client as BYE. Returns the exit code.
int serve(const Options& options, const stream::Client& client, bool wait);

#endif
