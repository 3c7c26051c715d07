// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_PROBE_H
#define IMAP_CONNECT_PROBE_H

#include "serve.h"

/// Connects, prints what was found, also where that ends in a failure, and disconnects.
/// Shows no secret. Returns the exit code; throws Fault 74.
int probe(const Options& options, Orders orders);

#endif
