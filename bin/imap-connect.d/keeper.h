// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_KEEPER_H
#define IMAP_CONNECT_KEEPER_H

#include <string>

#include "early.h"
#include "loan.h"
#include "serve.h"

/// The life of a process that keeps a session: connects for its first client and serves
/// it; then, in the background, it lends the session to one client after the other, of
/// those that find it at `socket`. It ends when the session ends or is not fit for
/// another client, when nobody has used it for Settings::persist, when the configuration
/// has changed, and when it is told to. Returns the exit code.
int keep(const Options& options, Settings settings, Loan first, Early early,
         const std::string& socket);

#endif
