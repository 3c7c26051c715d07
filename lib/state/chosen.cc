// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/chosen.h"

#include <sqlite3.h>

#include <algorithm>

namespace state {

namespace {

constexpr std::uint32_t gap = 32;

} // namespace

std::vector<imap::UidRange> coalesced(const imap::UidSet& set) {
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

// Rows come in the order of their UIDs: the next one is in the same range, or the next.
struct Chosen::Set {
  std::vector<imap::UidRange> ranges;
  std::size_t at = 0;

  bool contains(std::int64_t row) {
    const auto uid = static_cast<imap::Uid>(row);
    if (at == ranges.size() || (at > 0 && uid <= ranges[at - 1].last)) at = 0;
    if (at < ranges.size() && ranges[at].last < uid) ++at;
    if (at < ranges.size() && ranges[at].last < uid) {
      const auto found = std::ranges::lower_bound(ranges, uid, {}, &imap::UidRange::last);
      at = static_cast<std::size_t>(found - ranges.begin());
    }
    return at < ranges.size() && ranges[at].first <= uid;
  }
};

void Chosen::Forget::operator()(Set* set) const { delete set; }

Chosen::Chosen(Database& db) : set_{new Set} {
  const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
    auto* set = static_cast<Set*>(sqlite3_user_data(context));
    sqlite3_result_int(context, set->contains(sqlite3_value_int64(*values)) ? 1 : 0);
  };
  const int result =
      sqlite3_create_function_v2(db.get(), "chosen", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                 set_.get(), call, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) db.fail(result);
}

void Chosen::choose(const imap::UidSet& uids) {
  set_->ranges = uids.ranges();
  set_->at = 0;
}

} // namespace state
