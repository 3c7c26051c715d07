// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/uid_set.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace imap {
namespace {

// In 64 bits, so that the successor of the highest UID is no special case.
std::uint64_t wide(Uid uid) { return value(uid); }
Uid narrow(std::uint64_t uid) { return Uid{static_cast<std::uint32_t>(uid)}; }

bool by_first(const UidRange& a, const UidRange& b) { return a.first < b.first; }

/// Appends a range that begins at or after the beginning of the last one.
void append(std::vector<UidRange>& ranges, UidRange range) {
  if (ranges.empty() || wide(range.first) > wide(ranges.back().last) + 1)
    ranges.push_back(range);
  else
    ranges.back().last = std::max(ranges.back().last, range.last);
}

char* put(char* at, Uid uid) { return std::to_chars(at, at + 10, value(uid)).ptr; }

constexpr std::size_t max_range_octets = 21;

std::string_view print(char (&room)[max_range_octets], const UidRange& range) {
  char* end = put(room, range.first);
  if (range.last != range.first) {
    *end++ = ':';
    end = put(end, range.last);
  }
  return {room, static_cast<std::size_t>(end - room)};
}

std::uint64_t count(const std::vector<UidRange>& ranges) {
  std::uint64_t n = 0;
  for (const UidRange& range : ranges) n += wide(range.last) - wide(range.first) + 1;
  return n;
}

std::string join(const std::vector<UidRange>& ranges) {
  std::string out;
  char room[max_range_octets];
  for (const UidRange& range : ranges) {
    if (!out.empty()) out += ',';
    out += print(room, range);
  }
  return out;
}

enum class Odd { refuse, take }; // the UID 0 and "*"

/// Takes an nz-number off the front of `text`.
bool take_uid(std::string_view& text, Odd odd, Uid& uid) {
  if (odd == Odd::take && text.starts_with('*')) {
    text.remove_prefix(1);
    uid = max_uid;
    return true;
  }
  std::uint32_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{}) return false;
  const auto octets = static_cast<std::size_t>(end - text.data());
  if (text[0] == '0' && (octets > 1 || odd == Odd::refuse)) return false;
  text.remove_prefix(octets);
  uid = Uid{n};
  return true;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

/// The ranges in the order of the text, not normalised.
std::optional<std::vector<UidRange>> parse_ranges(std::string_view text, Odd odd) {
  std::vector<UidRange> ranges;
  do {
    UidRange range{};
    if (ranges.size() == max_uid_ranges || !take_uid(text, odd, range.first)) return {};
    range.last = range.first;
    if (take_char(text, ':') && !take_uid(text, odd, range.last)) return {};
    ranges.push_back(range);
  } while (take_char(text, ','));
  if (!text.empty()) return {};
  return ranges;
}

} // namespace

UidSet::const_iterator& UidSet::const_iterator::operator++() {
  if (at_ != range_->last)
    at_ = Uid{value(at_) + 1};
  else
    *this = const_iterator{range_ + 1, end_};
  return *this;
}

UidSet UidSet::from_ranges(std::vector<UidRange> ranges) {
  for (UidRange& range : ranges) {
    if (range.first > range.last) std::swap(range.first, range.last);
    if (range.first == Uid{0} && range.last != Uid{0}) range.first = Uid{1};
  }
  std::erase_if(ranges, [](const UidRange& range) { return range.first == Uid{0}; });
  if (!std::is_sorted(ranges.begin(), ranges.end(), by_first))
    std::stable_sort(ranges.begin(), ranges.end(), by_first); // quick on long runs
  UidSet set;
  for (const UidRange& range : ranges) append(set.ranges_, range);
  return set;
}

void UidSet::add(Uid first, Uid last) {
  if (first > last) std::swap(first, last);
  if (last == Uid{0}) return;
  if (first == Uid{0}) first = Uid{1};
  if (ranges_.empty() || first >= ranges_.back().first)
    return append(ranges_, {first, last});
  // Everything from `begin` to `end` overlaps or touches the new range: it becomes one.
  const auto begin = std::lower_bound(
      ranges_.begin(), ranges_.end(), first,
      [](const UidRange& range, Uid uid) { return wide(range.last) + 1 < wide(uid); });
  auto end = begin;
  while (end != ranges_.end() && wide(end->first) <= wide(last) + 1) ++end;
  if (begin == end) {
    ranges_.insert(begin, {first, last});
    return;
  }
  begin->first = std::min(begin->first, first);
  begin->last = std::max(std::prev(end)->last, last);
  ranges_.erase(std::next(begin), end);
}

bool UidSet::contains(Uid uid) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), uid,
      [](Uid wanted, const UidRange& range) { return wanted < range.first; });
  return after != ranges_.begin() && std::prev(after)->last >= uid;
}

std::uint64_t UidSet::size() const { return count(ranges_); }
std::string UidSet::to_string() const { return join(ranges_); }

UidSet unite(const UidSet& a, const UidSet& b) {
  std::vector<UidRange> ranges(a.ranges().size() + b.ranges().size());
  std::merge(a.ranges().begin(), a.ranges().end(), b.ranges().begin(), b.ranges().end(),
             ranges.begin(), by_first);
  return UidSet::from_ranges(std::move(ranges));
}

UidSet intersect(const UidSet& a, const UidSet& b) {
  UidSet out;
  auto x = a.ranges().begin();
  auto y = b.ranges().begin();
  while (x != a.ranges().end() && y != b.ranges().end()) {
    const Uid first = std::max(x->first, y->first);
    const Uid last = std::min(x->last, y->last);
    if (first <= last) out.add(first, last);
    if (x->last < y->last)
      ++x;
    else
      ++y;
  }
  return out;
}

UidSet subtract(const UidSet& a, const UidSet& b) {
  UidSet out;
  auto cut = b.ranges().begin();
  for (const UidRange& range : a.ranges()) {
    std::uint64_t from = wide(range.first);
    while (cut != b.ranges().end() && wide(cut->last) < from) ++cut;
    // A cut may reach into the next range, so it is not stepped over here.
    for (auto at = cut; at != b.ranges().end() && at->first <= range.last; ++at) {
      if (wide(at->first) > from) out.add(narrow(from), narrow(wide(at->first) - 1));
      from = wide(at->last) + 1;
      cut = at;
    }
    if (from <= wide(range.last)) out.add(narrow(from), range.last);
  }
  return out;
}

UidSet counterparts(const UidSet& some, const UidSet& from, const UidSet& to) {
  const auto size = [](const UidRange& range) {
    return std::uint64_t{value(range.last)} - value(range.first) + 1;
  };
  std::vector<UidRange> found;
  auto at_from = from.ranges().begin(), at_to = to.ranges().begin();
  std::uint64_t before_from = 0, before_to = 0; // UIDs of the ranges before
  // No two ranges of a set touch: each of these lies in one range of `from`.
  const UidSet asked = intersect(some, from);
  for (const UidRange& range : asked.ranges()) {
    for (; at_from->last < range.first; ++at_from) before_from += size(*at_from);
    std::uint64_t place = before_from + value(range.first) - value(at_from->first);
    for (const std::uint64_t end = place + size(range); place < end;) {
      for (; place >= before_to + size(*at_to); ++at_to) before_to += size(*at_to);
      const std::uint64_t first = value(at_to->first) + (place - before_to);
      const std::uint64_t count = std::min(end - place, value(at_to->last) - first + 1);
      found.push_back({static_cast<Uid>(first), static_cast<Uid>(first + count - 1)});
      place += count;
    }
  }
  return UidSet::from_ranges(std::move(found));
}

UidSet take_front(UidSet& set, std::uint64_t n) {
  UidSet front;
  auto at = set.ranges_.begin();
  for (; at != set.ranges_.end() && n > 0; ++at) {
    const std::uint64_t here = wide(at->last) - wide(at->first) + 1;
    if (here > n) {
      const Uid last = narrow(wide(at->first) + n - 1);
      front.add(at->first, last);
      at->first = narrow(wide(last) + 1);
      break;
    }
    front.ranges_.push_back(*at);
    n -= here;
  }
  set.ranges_.erase(set.ranges_.begin(), at);
  return front;
}

std::optional<UidSet> parse_uid_set(std::string_view text) {
  auto ranges = parse_ranges(text, Odd::refuse);
  if (!ranges) return {};
  return UidSet::from_ranges(std::move(*ranges));
}

std::optional<UidSet> parse_ascending_uid_set(std::string_view text) {
  auto ranges = parse_ranges(text, Odd::refuse);
  if (!ranges) return {};
  Uid before{0};
  for (const UidRange& range : *ranges) {
    if (range.first <= before || range.last < range.first) return {};
    before = range.last;
  }
  return UidSet::from_ranges(std::move(*ranges));
}

std::uint64_t OrderedUids::size() const { return count(ranges); }
std::string OrderedUids::to_string() const { return join(ranges); }

std::optional<OrderedUids> parse_ordered_uids(std::string_view text) {
  auto ranges = parse_ranges(text, Odd::refuse);
  if (!ranges) return {};
  for (UidRange& range : *ranges)
    if (range.last < range.first) std::swap(range.first, range.last);
  OrderedUids uids{std::move(*ranges)};
  if (UidSet::from_ranges(uids.ranges).size() != uids.size()) return {};
  return uids;
}

std::optional<UidSet> parse_vanished_uids(std::string_view text) {
  auto ranges = parse_ranges(text, Odd::take);
  if (!ranges) return {};
  return UidSet::from_ranges(std::move(*ranges));
}

std::vector<std::string> split_uid_set(const UidSet& set, std::size_t max_octets) {
  std::vector<std::string> pieces;
  char room[max_range_octets];
  for (const UidRange& range : set.ranges()) {
    const std::string_view text = print(room, range);
    if (pieces.empty() || pieces.back().size() + 1 + text.size() > max_octets)
      pieces.emplace_back();
    else
      pieces.back() += ',';
    pieces.back() += text;
  }
  return pieces;
}

} // namespace imap
