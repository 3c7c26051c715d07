// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_UID_FINDER_H
#define IMAPSYNC_IMAP_UID_FINDER_H

#include <cstddef>

#include "imap/uid_set.h"

namespace imap {

/// Tells of many UIDs whether they are in a set: in constant time where each is asked for
/// next to the one before, as rows come from a database; else as UidSet::contains().
class UidFinder {
 public:
  /// `set` must outlive it and stay as it is.
  explicit UidFinder(const UidSet& set) : ranges_{&set.ranges()} {}
  explicit UidFinder(UidSet&& set) = delete;

  bool contains(Uid uid);

 private:
  const std::vector<UidRange>* ranges_;
  std::size_t at_ = 0; ///< the first range that does not end below the last UID
};

} // namespace imap

#endif
