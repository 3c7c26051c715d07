// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_CHOSEN_H
#define IMAPSYNC_STATE_CHOSEN_H

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "imap/uid_finder.h"
#include "imap/uid_set.h"
#include "state/sqlite.h"

namespace state {

/// `set` with its gaps of less than `gap` closed: to read rows in vain costs less than
/// another search.
std::vector<imap::UidRange> coalesced(const imap::UidSet& set, std::uint32_t gap);

/// A statement about one UID, and the same about a range: of one row SQLite knows that it
/// is one, and changes it without a list of what is to be changed.
class Ranged {
 public:
  /// The last parameters are the UID, or the first and the last one. Literals.
  Ranged(Database& db, std::string_view one, std::string_view range)
      : one_{db, one}, range_{db, range} {}

  template <class... Args>
  void run(const imap::UidRange& range, const Args&... args) {
    if (range.first == range.last)
      one_.run(args..., imap::value(range.first));
    else
      range_.run(args..., imap::value(range.first), imap::value(range.last));
  }

 private:
  Statement one_, range_;
};

/// The SQL function chosen(uid): whether the UID is in a set. One statement for thousands
/// of UIDs takes half the time of thousands of statements.
class Chosen {
 public:
  explicit Chosen(Database& db);
  Chosen(const Chosen&) = delete; // SQLite knows where it is
  Chosen& operator=(const Chosen&) = delete;

  /// Runs `statement`, in whose ranges those in `uids` are chosen. Once for each stretch
  /// of them.
  template <class... Args>
  void run(Ranged& statement, const imap::UidSet& uids, const Args&... args) {
    finder_.emplace(uids);
    for (const imap::UidRange& span : coalesced(uids, gap)) statement.run(span, args...);
  }

 private:
  /// So many rows are asked about in the time that another statement takes.
  static constexpr std::uint32_t gap = 32;
  std::optional<imap::UidFinder> finder_; ///< of a set that is there while run() is
};

} // namespace state

#endif
