// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/flags.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "imap/ascii.h"

namespace imap {
namespace {

constexpr std::string_view system_flags[] = {"\\Seen", "\\Answered", "\\Flagged",
                                             "\\Deleted", "\\Draft"};

/// The bit of a system flag, 0 if it is none of the five.
std::uint8_t system_bit(std::string_view flag) {
  for (unsigned i = 0; i < std::size(system_flags); ++i)
    if (equal_nocase(flag, system_flags[i])) return static_cast<std::uint8_t>(1U << i);
  return 0;
}

bool before(const std::string& a, std::string_view b) {
  return std::is_lt(compare_nocase(a, b));
}

struct Less {
  bool operator()(const std::string& a, const std::string& b) const {
    return before(a, b);
  }
};

enum class Source { record, server, mailbox };

/// Calls `each` for what stands between the parentheses; false if it ever says so, or if
/// `text` is no list. A record has single spaces, a server any.
template <class Each>
bool for_each_flag(std::string_view text, Source source, Each each) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  text = text.substr(1, text.size() - 2);
  if (source == Source::record && text.empty()) return true;
  for (;;) {
    const std::size_t space = text.find(' ');
    const std::string_view flag = text.substr(0, space);
    if (flag.empty() ? source == Source::record : !each(flag)) return false;
    if (space == std::string_view::npos) return true;
    text.remove_prefix(space + 1);
  }
}

/// Adds `flag`, or drops it as its source demands; false to refuse the whole list.
bool take(Flags& flags, std::string_view flag, Source source) {
  if (flags.add(flag)) return true;
  if (source != Source::server) return source == Source::mailbox;
  // One keyword too many cannot be dropped: it would look like its removal.
  return flag[0] == '\\' || !valid_keyword(flag);
}

std::optional<Flags> parse(std::string_view text, Source source) {
  Flags flags;
  if (!for_each_flag(text, source, [&](auto flag) { return take(flags, flag, source); }))
    return {};
  return flags;
}

std::optional<PermanentFlags> parse_permanent(std::string_view text, Source source) {
  PermanentFlags out;
  const auto each = [&](std::string_view flag) {
    if (flag != "\\*") return take(out.flags, flag, source);
    out.any_keyword = true;
    return true;
  };
  if (!for_each_flag(text, source, each)) return {};
  return out;
}

} // namespace

bool valid_keyword(std::string_view keyword) {
  if (keyword.empty() || keyword.size() > Flags::max_keyword_octets) return false;
  return std::all_of(keyword.begin(), keyword.end(), [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view{"(){%*\"\\"}.find(c) == std::string_view::npos;
  });
}

bool Flags::add(std::string_view flag) {
  if (!flag.empty() && flag[0] == '\\') {
    const std::uint8_t bit = system_bit(flag);
    system_ |= bit;
    return bit != 0;
  }
  if (!valid_keyword(flag)) return false;
  const auto at = std::lower_bound(keywords_.begin(), keywords_.end(), flag, before);
  if (at != keywords_.end() && equal_nocase(*at, flag)) return true;
  if (keywords_.size() == max_keywords) return false;
  keywords_.emplace(at, flag);
  return true;
}

bool Flags::remove(std::string_view flag) {
  if (!contains(flag)) return false;
  if (flag[0] == '\\')
    system_ = static_cast<std::uint8_t>(system_ & ~system_bit(flag));
  else
    keywords_.erase(std::lower_bound(keywords_.begin(), keywords_.end(), flag, before));
  return true;
}

bool Flags::contains(std::string_view flag) const {
  if (!flag.empty() && flag[0] == '\\') return (system_ & system_bit(flag)) != 0;
  const auto at = std::lower_bound(keywords_.begin(), keywords_.end(), flag, before);
  return at != keywords_.end() && equal_nocase(*at, flag);
}

std::size_t Flags::size() const {
  return static_cast<std::size_t>(std::popcount(system_)) + keywords_.size();
}

std::string Flags::to_string() const {
  std::string out = "(";
  const auto put = [&out](std::string_view flag) {
    if (out.size() > 1) out += ' ';
    out += flag;
  };
  for (unsigned i = 0; i < std::size(system_flags); ++i)
    if ((system_ >> i & 1U) != 0) put(system_flags[i]);
  for (const std::string& keyword : keywords_) put(keyword);
  return out += ')';
}

bool operator==(const Flags& a, const Flags& b) { return std::is_eq(a <=> b); }

std::weak_ordering operator<=>(const Flags& a, const Flags& b) {
  if (a.system_ != b.system_) return a.system_ <=> b.system_;
  return std::lexicographical_compare_three_way(
      a.keywords_.begin(), a.keywords_.end(), b.keywords_.begin(), b.keywords_.end(),
      [](const std::string& x, const std::string& y) { return compare_nocase(x, y); });
}

Flags unite(const Flags& a, const Flags& b) {
  Flags out;
  out.system_ = a.system_ | b.system_;
  std::set_union(a.keywords_.begin(), a.keywords_.end(), b.keywords_.begin(),
                 b.keywords_.end(), std::back_inserter(out.keywords_), Less{});
  return out;
}

Flags intersect(const Flags& a, const Flags& b) {
  Flags out;
  out.system_ = a.system_ & b.system_;
  std::set_intersection(a.keywords_.begin(), a.keywords_.end(), b.keywords_.begin(),
                        b.keywords_.end(), std::back_inserter(out.keywords_), Less{});
  return out;
}

Flags subtract(const Flags& a, const Flags& b) {
  Flags out;
  out.system_ = static_cast<std::uint8_t>(a.system_ & ~b.system_);
  std::set_difference(a.keywords_.begin(), a.keywords_.end(), b.keywords_.begin(),
                      b.keywords_.end(), std::back_inserter(out.keywords_), Less{});
  return out;
}

std::optional<Flags> parse_flags(std::string_view text) {
  return parse(text, Source::record);
}

std::optional<Flags> parse_server_flags(std::string_view text) {
  return parse(text, Source::server);
}

PermanentFlags PermanentFlags::unsaid() {
  PermanentFlags all;
  for (const std::string_view flag : system_flags) all.flags.add(flag);
  all.any_keyword = true;
  return all;
}

Flags PermanentFlags::mask(const Flags& wanted) const {
  Flags out = intersect(wanted, flags);
  if (any_keyword)
    for (const std::string& keyword : wanted.keywords()) out.add(keyword);
  return out;
}

std::string PermanentFlags::to_string() const {
  std::string out = flags.to_string();
  if (any_keyword) out.insert(out.size() - 1, flags.empty() ? "\\*" : " \\*");
  return out;
}

std::optional<Flags> parse_mailbox_flags(std::string_view text) {
  return parse(text, Source::mailbox);
}

std::optional<PermanentFlags> parse_permanent_flags(std::string_view text) {
  return parse_permanent(text, Source::record);
}

std::optional<PermanentFlags> parse_server_permanent_flags(std::string_view text) {
  return parse_permanent(text, Source::mailbox);
}

} // namespace imap
