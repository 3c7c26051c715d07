// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_CHAIN_H
#define IMAP_CONNECT_CHAIN_H

#include "settings.h"

/// Forks the relay, hands the session to PROG on the next free pair of descriptors, named
/// by an environment variable, and becomes PROG. Returns the exit code of the relay in
/// its process; throws Fault in the original one if PROG cannot be executed.
int run_program(const Options& options);

#endif
