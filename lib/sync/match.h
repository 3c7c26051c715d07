// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_MATCH_H
#define IMAPSYNC_SYNC_MATCH_H

#include <cstddef>
#include <utility>
#include <vector>

#include "sync/types.h"

namespace syncing {

/// Messages to be matched by what they are, ascending: a mailbox has millions, so they
/// are not copied.
using Candidates = std::vector<const Flight*>;

/// Pairs of indices (a, b) of messages that are the same, ascending by a. Messages with
/// equal digests are a multiset: first those of equal date and size, then what is left in
/// the order of their UIDs. Without identity fields date and size have to be equal. A
/// digest that is not known matches any by date and size: of a message that is gone
/// nobody can ask.
std::vector<std::pair<std::size_t, std::size_t>> match(const Candidates& a,
                                                       const Candidates& b);

} // namespace syncing

#endif
