// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/date.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "imap/ascii.h"

namespace imap {
namespace {

constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Two or four digits at `at`; -1 if they aren't, or exceed `max`.
int field(std::string_view text, std::size_t at, std::size_t digits, unsigned max) {
  const auto n = parse_number(text.substr(at, digits), max);
  return n ? static_cast<int>(*n) : -1;
}

/// 1..12, 0 for no month.
unsigned month_number(std::string_view name) {
  for (unsigned i = 0; i < 12; ++i)
    if (equal_nocase(name, months.substr(i * std::size_t{3}, 3))) return i + 1;
  return 0;
}

using Seconds = std::chrono::sys_seconds;

/// In its zone.
Seconds local_time(const InternalDate& date) {
  return Seconds{std::chrono::seconds{date.seconds} +
                 std::chrono::minutes{date.zone_minutes}};
}

std::chrono::year_month_day date_of(const InternalDate& date) {
  return std::chrono::floor<std::chrono::days>(local_time(date));
}

} // namespace

std::optional<InternalDate> parse_internal_date(std::string_view text) {
  std::string padded;
  if (text.size() == 25) text = padded = " " + std::string{text};
  if (text.size() != 26) return {};
  for (const auto& [at, c] :
       {std::pair{2, '-'}, {6, '-'}, {11, ' '}, {14, ':'}, {17, ':'}, {20, ' '}})
    if (text[static_cast<std::size_t>(at)] != c) return {};
  const int day = text[0] == ' ' ? field(text, 1, 1, 9) : field(text, 0, 2, 31);
  const int year = field(text, 7, 4, 9999);
  const int hour = field(text, 12, 2, 23), minute = field(text, 15, 2, 59),
            second = field(text, 18, 2, 60);
  const int zone_hour = field(text, 22, 2, 99), zone_minute = field(text, 24, 2, 99);
  const char sign = text[21];
  if (day < 0 || year < 0 || hour < 0 || minute < 0 || second < 0 || zone_hour < 0 ||
      zone_minute < 0 || (sign != '+' && sign != '-'))
    return {};
  const std::chrono::year_month_day first{
      std::chrono::year{year}, std::chrono::month{month_number(text.substr(3, 3))},
      std::chrono::day{1}};
  if (!first.ok() || day == 0) return {};
  const int zone = (zone_hour * 60 + zone_minute) * (sign == '-' ? -1 : 1);
  // 30 February is a day after all, and better than none.
  const std::int64_t days =
      std::chrono::sys_days{first}.time_since_epoch().count() + day - 1;
  const InternalDate date{((days * 24 + hour) * 60 + minute - zone) * 60 + second,
                          std::abs(zone) < 24 * 60 ? zone : 0};
  // Pairs are recorded without the zone.
  for (const InternalDate& one : {date, InternalDate{date.seconds, 0}}) {
    const int its_year = static_cast<int>(date_of(one).year());
    if (its_year < 0 || its_year > 9999) return {};
  }
  return date;
}

std::string format_internal_date(const InternalDate& date) {
  using namespace std::chrono;
  const Seconds local = local_time(date);
  const year_month_day ymd = date_of(date);
  const hh_mm_ss time{local - floor<days>(local)};
  const int zone = std::abs(date.zone_minutes);
  return fmt::format(
      "{:02}-{}-{:04} {:02}:{:02}:{:02} {}{:02}{:02}", static_cast<unsigned>(ymd.day()),
      months.substr((static_cast<unsigned>(ymd.month()) - 1) * std::size_t{3}, 3),
      static_cast<int>(ymd.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count(), date.zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

} // namespace imap
