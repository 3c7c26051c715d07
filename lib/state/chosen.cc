// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/chosen.h"

#include <sqlite3.h>

namespace state {

std::vector<imap::UidRange> coalesced(const imap::UidSet& set, std::uint32_t gap) {
  std::vector<imap::UidRange> ranges;
  for (const imap::UidRange& range : set.ranges()) {
    if (!ranges.empty() &&
        imap::value(range.first) - imap::value(ranges.back().last) <= gap)
      ranges.back().last = range.last;
    else
      ranges.push_back(range);
  }
  return ranges;
}

Chosen::Chosen(Database& db) {
  const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
    auto& finder =
        *static_cast<std::optional<imap::UidFinder>*>(sqlite3_user_data(context));
    const auto uid = static_cast<imap::Uid>(sqlite3_value_int64(*values));
    sqlite3_result_int(context, finder && finder->contains(uid) ? 1 : 0);
  };
  const int result =
      sqlite3_create_function_v2(db.get(), "chosen", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                 &finder_, call, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) db.fail(result);
}

} // namespace state
