// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/match.h"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>

namespace syncing {

namespace {

// Two lists and what of them is matched.
struct Work {
  const std::vector<Identified>&a, &b;
  std::vector<bool> used_a, used_b;
  std::vector<std::pair<std::size_t, std::size_t>> matches;
};

// Matches what is left of both wherever the keys are equal; no key, no match.
template <class Key>
void match_by(Work& work, const Key& key) {
  // Equal keys stay in the order of insertion, which is that of the UIDs.
  std::multimap<typename std::invoke_result_t<Key, Identified>::value_type, std::size_t>
      free;
  for (std::size_t j = 0; j < work.b.size(); ++j)
    if (!work.used_b[j])
      if (auto k = key(work.b[j])) free.emplace(std::move(*k), j);
  for (std::size_t i = 0; i < work.a.size() && !free.empty(); ++i) {
    if (work.used_a[i]) continue;
    const auto k = key(work.a[i]);
    if (!k) continue;
    const auto at = free.lower_bound(*k);
    if (at == free.end() || at->first != *k) continue;
    work.matches.emplace_back(i, at->second);
    work.used_a[i] = work.used_b[at->second] = true;
    free.erase(at);
  }
}

using DigestAndStamp = std::optional<std::pair<std::string, Stamp>>;

} // namespace

std::vector<std::pair<std::size_t, std::size_t>> match(const std::vector<Identified>& a,
                                                       const std::vector<Identified>& b) {
  Work work{a, b, std::vector<bool>(a.size()), std::vector<bool>(b.size()), {}};
  match_by(work, [](const Identified& m) {
    return m.identity ? DigestAndStamp{{m.identity->hex, m.stamp}} : DigestAndStamp{};
  });
  match_by(work, [](const Identified& m) {
    return m.identity && !m.identity->weak() ? std::optional{m.identity->hex}
                                             : std::nullopt;
  });
  // Known digests have had their chance; a message of unknown digest may be any other.
  const auto stamp = [](const Identified& m) { return std::optional{m.stamp}; };
  const auto unknown = [](const Identified& m) {
    return m.identity ? std::nullopt : std::optional{m.stamp};
  };
  Work blind{a, b, work.used_a, work.used_b, {}};
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].identity) blind.used_a[i] = true;
  match_by(blind, stamp);
  for (const auto& [i, j] : blind.matches) work.used_a[i] = work.used_b[j] = true;
  match_by(work, [&](const Identified& m) {
    return &m >= a.data() && &m < a.data() + a.size() ? stamp(m) : unknown(m);
  });
  work.matches.insert(work.matches.end(), blind.matches.begin(), blind.matches.end());
  std::ranges::sort(work.matches);
  return work.matches;
}

} // namespace syncing
