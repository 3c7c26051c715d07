// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/lines.h"

#include <algorithm>
#include <charconv>

namespace stream {

namespace {

/// "{9223372036854775807+}\r"
constexpr std::size_t max_announcement = 23;

} // namespace

std::optional<std::uint64_t> announced_literal(std::string_view line) {
  if (line.empty() || line.back() != '}') return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == line.npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (!digits.empty() && (digits.back() == '+' || digits.back() == '-'))
    digits.remove_suffix(1);
  std::int64_t octets = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), octets);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
      octets < 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(octets);
}

bool Lines::skip(std::string_view& octets) {
  const auto n = std::min<std::uint64_t>(literal_, octets.size());
  literal_ -= n;
  octets.remove_prefix(static_cast<std::size_t>(n));
  return n > 0;
}

bool Lines::take_line(std::string_view& octets) {
  const std::size_t end = octets.find('\n');
  const std::string_view part = octets.substr(0, end);
  line_ += part;
  // The end matters too, however long the line: it may announce a literal.
  if (line_.size() > max_kept + max_announcement)
    line_.erase(max_kept, line_.size() - max_kept - max_announcement);
  if (end == octets.npos) {
    octets = {};
    return false;
  }
  octets.remove_prefix(end + 1);
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  announced_ = announced_literal(line_);
  return true;
}

void Lines::after_line() {
  begins_ = !announced_;
  literal_ = announced_.value_or(0);
  line_.clear();
}

} // namespace stream
