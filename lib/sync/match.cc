// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/match.h"

#include <algorithm>
#include <compare>
#include <cstdint>

namespace syncing {

namespace {

using Takes = bool (*)(const Flight&);
using Order = std::strong_ordering (*)(const Flight&, const Flight&);

// Two lists and what of them is matched.
class Work {
 public:
  Work(const Candidates& a, const Candidates& b)
      : a_{a}, b_{b}, used_a_(a.size()), used_b_(b.size()) {}

  // Matches what is left of both wherever they compare equal, the first with the first.
  void match_by(Order order, Takes takes_a, Takes takes_b) {
    const std::vector<std::uint32_t> a = left(a_, used_a_, order, takes_a);
    const std::vector<std::uint32_t> b = left(b_, used_b_, order, takes_b);
    for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
      const std::strong_ordering sides = order(*a_[*i], *b_[*j]);
      if (sides == 0) {
        matches_.emplace_back(*i, *j);
        used_a_[*i] = used_b_[*j] = true;
      }
      if (sides <= 0) ++i;
      if (sides >= 0) ++j;
    }
  }

  std::vector<std::pair<std::size_t, std::size_t>> matches() && {
    std::ranges::sort(matches_);
    return std::move(matches_);
  }

 private:
  // Equal ones in the order of their UIDs.
  static std::vector<std::uint32_t>
  left(const Candidates& all, const std::vector<bool>& used, Order order, Takes takes) {
    std::vector<std::uint32_t> indices;
    for (std::uint32_t i = 0; i < all.size(); ++i)
      if (!used[i] && takes(*all[i])) indices.push_back(i);
    std::ranges::sort(indices, [&](std::uint32_t x, std::uint32_t y) {
      const std::strong_ordering sides = order(*all[x], *all[y]);
      return sides < 0 || (sides == 0 && x < y);
    });
    return indices;
  }

  const Candidates &a_, &b_;
  std::vector<bool> used_a_, used_b_;
  std::vector<std::pair<std::size_t, std::size_t>> matches_;
};

std::strong_ordering by_digest(const Flight& x, const Flight& y) {
  return x.identity <=> y.identity;
}
std::strong_ordering by_stamp(const Flight& x, const Flight& y) {
  return x.message.stamp <=> y.message.stamp;
}
std::strong_ordering by_both(const Flight& x, const Flight& y) {
  const std::strong_ordering digests = by_digest(x, y);
  return digests != 0 ? digests : by_stamp(x, y);
}

bool any(const Flight&) { return true; }
bool known(const Flight& m) { return m.identity.has_value(); }
bool unknown(const Flight& m) { return !m.identity; }
bool strong(const Flight& m) { return m.identity && !m.identity->weak(); }

} // namespace

std::vector<std::pair<std::size_t, std::size_t>> match(const Candidates& a,
                                                       const Candidates& b) {
  Work work{a, b};
  work.match_by(by_both, known, known);
  work.match_by(by_digest, strong, strong);
  // Known digests have had their chance; a message of unknown digest may be any other.
  work.match_by(by_stamp, unknown, any);
  work.match_by(by_stamp, any, unknown);
  return std::move(work).matches();
}

} // namespace syncing
