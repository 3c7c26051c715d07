// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_UID_SET_H
#define IMAPSYNC_IMAP_UID_SET_H

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imap {

/// 1..2^32-1, stable within one UIDVALIDITY (RFC 3501 2.3.1.1).
enum class Uid : std::uint32_t {};
/// 1..2^32-1 (RFC 3501 2.3.1.1).
enum class UidValidity : std::uint32_t {};
/// 0..2^63-1; 0 means that the mailbox has none (RFC 7162 3.1).
using ModSeq = std::uint64_t;

inline constexpr Uid max_uid{0xffffffffU};
inline constexpr ModSeq max_modseq = 0x7fffffffffffffffU;

constexpr std::uint32_t value(Uid uid) { return static_cast<std::uint32_t>(uid); }
constexpr std::uint32_t value(UidValidity v) { return static_cast<std::uint32_t>(v); }

/// first..last, both included, first <= last.
struct UidRange {
  Uid first, last;
  friend bool operator==(const UidRange&, const UidRange&) = default;
};

/// A set of UIDs held as sorted, disjoint, non-adjacent intervals: memory and time depend
/// on the number of intervals, never on the number of UIDs.
class UidSet {
 public:
  /// Walks single UIDs in ascending order. Invalidated by any change of the set.
  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Uid;
    using difference_type = std::ptrdiff_t;
    using pointer = const Uid*;
    using reference = Uid;

    const_iterator() = default;
    Uid operator*() const { return at_; }
    const_iterator& operator++();
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    friend class UidSet;
    const_iterator(const UidRange* range, const UidRange* end)
        : range_{range}, end_{end}, at_{range == end ? Uid{0} : range->first} {}
    const UidRange* range_ = nullptr;
    const UidRange* end_ = nullptr;
    Uid at_{0};
  };

  UidSet() = default;
  explicit UidSet(Uid uid) { add(uid); }
  UidSet(Uid first, Uid last) { add(first, last); }
  /// Of ranges in any order, overlapping or reversed; O(n log n). 0 is left out of them.
  static UidSet from_ranges(std::vector<UidRange> ranges);

  /// Adds one UID or a range (ends in either order; 0 is ignored). O(1) amortised at the
  /// upper end, else as a vector insertion: collect what comes unordered from a stranger
  /// with from_ranges().
  void add(Uid uid) { add(uid, uid); }
  void add(Uid first, Uid last);
  void clear() { ranges_.clear(); }

  bool contains(Uid uid) const; ///< O(log ranges)
  bool empty() const { return ranges_.empty(); }
  std::uint64_t size() const; ///< number of UIDs; O(ranges)
  const std::vector<UidRange>& ranges() const { return ranges_; }
  /// The lowest and highest UID. The set must not be empty.
  Uid first() const { return ranges_.front().first; }
  Uid last() const { return ranges_.back().last; }

  const_iterator begin() const {
    return {ranges_.data(), ranges_.data() + ranges_.size()};
  }
  const_iterator end() const {
    return {ranges_.data() + ranges_.size(), ranges_.data() + ranges_.size()};
  }

  /// "3:5,9", "" for the empty set.
  std::string to_string() const;

  friend bool operator==(const UidSet&, const UidSet&) = default;

 private:
  friend UidSet take_front(UidSet&, std::uint64_t);
  std::vector<UidRange> ranges_;
};

/// The set operations: linear in the number of ranges of both.
UidSet unite(const UidSet& a, const UidSet& b);
UidSet intersect(const UidSet& a, const UidSet& b);
UidSet subtract(const UidSet& a, const UidSet& b); ///< a without b

/// Of two sets of one size that belong one to one, in order: the UIDs of `to` at the
/// places that those of `some` have in `from`. Linear in the number of ranges.
UidSet counterparts(const UidSet& some, const UidSet& from, const UidSet& to);

/// Removes the lowest `n` UIDs (all, if there are fewer) from `set` and returns them.
UidSet take_front(UidSet& set, std::uint64_t n);

inline constexpr std::size_t max_uid_ranges = 1'000'000;

/// Parses a uid-set such as "3:5,9" (RFC 4315 section 4). Takes ranges reversed,
/// overlapping and in any order. nullopt if malformed, for "*" and 0, and over
/// max_uid_ranges.
std::optional<UidSet> parse_uid_set(std::string_view text);

/// As parse_uid_set, but keeps the order of an APPENDUID set: nullopt too unless strictly
/// ascending, because a sorted set could then pair the wrong messages.
std::optional<UidSet> parse_ascending_uid_set(std::string_view text);

/// UIDs whose order counts: the n-th of one set of a COPYUID belongs to the n-th of the
/// other (RFC 4315 section 3), and neither needs to ascend.
struct OrderedUids {
  std::vector<UidRange> ranges; ///< each ascending, none of them empty, no UID twice

  std::uint64_t size() const;
  std::string to_string() const;
  friend bool operator==(const OrderedUids&, const OrderedUids&) = default;
};

/// As parse_uid_set, in the order of the text; nullopt too if a UID stands there twice.
std::optional<OrderedUids> parse_ordered_uids(std::string_view text);

/// As parse_uid_set, but of what vanished: drops the UID 0, and takes "*" for the highest
/// UID there can be. Servers were seen to say both.
std::optional<UidSet> parse_vanished_uids(std::string_view text);

/// The set in pieces, each at most `max_octets` (at least 21) long, ascending; none for
/// an empty set.
std::vector<std::string> split_uid_set(const UidSet& set, std::size_t max_octets);

} // namespace imap

#endif
