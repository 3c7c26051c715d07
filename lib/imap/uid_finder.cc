// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/uid_finder.h"

#include <algorithm>

namespace imap {

bool UidFinder::contains(Uid uid) {
  const std::vector<UidRange>& ranges = *ranges_;
  const auto ends_below = [&](std::size_t i) { return ranges[i].last < uid; };
  if (at_ > 0 && !ends_below(at_ - 1)) at_ = 0; // back
  if (at_ < ranges.size() && ends_below(at_)) ++at_;
  if (at_ < ranges.size() && ends_below(at_)) {
    const auto found =
        std::ranges::lower_bound(ranges.begin() + static_cast<std::ptrdiff_t>(at_),
                                 ranges.end(), uid, {}, &UidRange::last);
    at_ = static_cast<std::size_t>(found - ranges.begin());
  }
  return at_ < ranges.size() && ranges[at_].first <= uid;
}

} // namespace imap
