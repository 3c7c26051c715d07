// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_DATE_H
#define IMAPSYNC_IMAP_DATE_H

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imap {

/// An INTERNALDATE (RFC 3501 date-time).
struct InternalDate {
  std::int64_t seconds = 0; ///< UTC, since 1970-01-01 00:00:00; may be negative
  int zone_minutes = 0;     ///< east of UTC, -1439..1439

  friend bool operator==(const InternalDate&, const InternalDate&) = default;
  friend std::strong_ordering operator<=>(const InternalDate&,
                                          const InternalDate&) = default;
};

/// Parses `17-Jul-1996 02:44:25 -0700`, without quotes; the day may be padded with a
/// space or have one digit. nullopt unless every field is in range and the day exists.
std::optional<InternalDate> parse_internal_date(std::string_view text);

/// `17-Jul-1996 02:44:25 -0700`, the day of two digits, without quotes. The local year
/// must be 0..9999, as in whatever parse_internal_date returned.
std::string format_internal_date(const InternalDate& date);

} // namespace imap

#endif
