// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_LISTING_H
#define IMAPSYNC_STATE_LISTING_H

#include <functional>
#include <set>

#include "state/dictionary.h"

namespace state {

using Emit = std::function<void(const record::Record&)>;

/// Calls `emit` with the `state` records of these mailboxes, or of all if there are none,
/// and then with their end. One read transaction. Its records are few and held by the
/// caller: nothing is written to a pipe meanwhile.
void list_states(Database& db, const std::set<record::Mailbox>& mailboxes,
                 const Emit& emit);

/// Whether messages are recorded as under way, as an interrupted run leaves them.
bool any_under_way(Database& db);

/// Pairs, identities, what is under way and what is owed, of all mailboxes, as records.
void dump(Database& db, const Emit& emit);

/// Calls `tell` with one line for each invariant that does not hold.
void check(Database& db, const std::function<void(const std::string&)>& tell);

} // namespace state

#endif
