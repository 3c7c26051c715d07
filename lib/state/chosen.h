// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_CHOSEN_H
#define IMAPSYNC_STATE_CHOSEN_H

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

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

  /// Runs `statement`, in whose ranges those in `uids` are chosen. Once for each stretch
  /// of them.
  template <class... Args>
  void run(Ranged& statement, const imap::UidSet& uids, const Args&... args) {
    const Choice choice{*this, uids};
    for (const imap::UidRange& span : coalesced(uids, gap)) statement.run(span, args...);
  }

 private:
  /// So many rows are asked about in the time that another statement takes.
  static constexpr std::uint32_t gap = 32;
  struct Set;
  struct Forget {
    void operator()(Set* set) const;
  };
  void choose(const imap::UidSet* uids);
  /// For as long as the statement runs.
  class Choice {
   public:
    Choice(Chosen& in, const imap::UidSet& uids) : in_{in} { in.choose(&uids); }
    Choice(const Choice&) = delete;
    Choice& operator=(const Choice&) = delete;
    ~Choice() { in_.choose(nullptr); }

   private:
    Chosen& in_;
  };
  std::unique_ptr<Set, Forget> set_;
};

} // namespace state

#endif
