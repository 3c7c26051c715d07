// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/types.h"

#include "imap/ascii.h"

namespace syncing {

FlagsId FlagsPool::id(const imap::Flags& flags) {
  const auto next = static_cast<FlagsId>(lists_.size());
  const auto [at, added] = ids_.try_emplace(flags, next);
  if (added) lists_.push_back(&at->first);
  return at->second;
}

bool MaxDelete::allows(std::uint64_t count, std::uint64_t pairs) const {
  // Percentages without overflow: counts are at most 2^32.
  switch (kind) {
  case Kind::standard: return count <= 100 || count * 100 <= pairs * 75;
  case Kind::count: return count <= limit;
  case Kind::percent: return count * 100 <= pairs * limit;
  case Kind::none: break;
  }
  return true;
}

std::optional<MaxDelete> parse_max_delete(std::string_view text) {
  if (text == "none") return MaxDelete{MaxDelete::Kind::none, 0};
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const auto limit = imap::parse_number(text, percent ? 100 : UINT32_MAX);
  if (!limit) return {};
  return MaxDelete{percent ? MaxDelete::Kind::percent : MaxDelete::Kind::count, *limit};
}

} // namespace syncing
