// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/chosen.h"

#include <sqlite3.h>

#include <optional>

#include "imap/uid_finder.h"

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

struct Chosen::Set {
  std::optional<imap::UidFinder> finder; ///< of the set that a statement is run for
};

void Chosen::Forget::operator()(Set* set) const { delete set; }

Chosen::Chosen(Database& db) : set_{new Set} {
  const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
    auto& set = *static_cast<Set*>(sqlite3_user_data(context));
    const auto uid = static_cast<imap::Uid>(sqlite3_value_int64(*values));
    sqlite3_result_int(context, set.finder && set.finder->contains(uid) ? 1 : 0);
  };
  const int result =
      sqlite3_create_function_v2(db.get(), "chosen", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                 set_.get(), call, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) db.fail(result);
}

void Chosen::choose(const imap::UidSet* uids) {
  set_->finder.reset();
  if (uids) set_->finder.emplace(*uids);
}

} // namespace state
