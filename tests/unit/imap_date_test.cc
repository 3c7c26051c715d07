// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/date.h"

#include <gtest/gtest.h>

namespace {

using imap::InternalDate;

TEST(InternalDate, KeepsInstantAndZone) {
  const auto date = imap::parse_internal_date("17-Jul-1996 02:44:25 -0700");
  EXPECT_EQ((InternalDate{837596665, -420}), date);
  EXPECT_EQ((InternalDate{0, 0}),
            imap::parse_internal_date(" 1-Jan-1970 00:00:00 +0000"));
}

TEST(InternalDate, IsWrittenAsRead) {
  const std::pair<const char*, const char*> table[] = {
      {"17-Jul-1996 02:44:25 -0700", "17-Jul-1996 02:44:25 -0700"},
      {" 7-jul-1996 02:44:25 +0530", "07-Jul-1996 02:44:25 +0530"},
      {"7-JUL-1996 02:44:25 +0530", "07-Jul-1996 02:44:25 +0530"},
      {"29-Feb-2000 23:59:59 -0030", "29-Feb-2000 23:59:59 -0030"},
      {"01-Jan-1960 00:00:00 -0000", "01-Jan-1960 00:00:00 +0000"},
      {"02-Jan-0000 00:00:00 +2359", "02-Jan-0000 00:00:00 +2359"},
      {"31-Dec-9998 23:59:59 -2359", "31-Dec-9998 23:59:59 -2359"}};
  for (const auto& [text, expected] : table) {
    const auto date = imap::parse_internal_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(expected, format_internal_date(*date));
    EXPECT_EQ(date, imap::parse_internal_date(format_internal_date(*date)));
  }
}

TEST(InternalDate, TakesWhatIsOddForTheDayItMeans) {
  const std::pair<const char*, const char*> table[] = {
      {"30-Jun-2024 23:59:60 +0000", "01-Jul-2024 00:00:00 +0000"},
      {"29-Feb-1900 00:00:00 +0000", "01-Mar-1900 00:00:00 +0000"},
      {"31-Apr-2020 10:00:00 +0200", "01-May-2020 10:00:00 +0200"},
      {"01-Jan-2020 00:00:00 +0060", "01-Jan-2020 00:00:00 +0100"},
      {"01-Jan-2020 00:00:00 -2400", "02-Jan-2020 00:00:00 +0000"}};
  for (const auto& [text, same] : table) {
    const auto date = imap::parse_internal_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(same, format_internal_date(*date));
  }
}

TEST(InternalDate, RefusesWhatIsNoDate) {
  for (const char* bad : {"",
                          "17-Jul-1996",
                          "17-Jul-1996 02:44:25",
                          "17-Jul-1996 02:44:25 -070",
                          "32-Jan-2020 00:00:00 +0000",
                          "00-Jan-2020 00:00:00 +0000",
                          " 0-Jan-2020 00:00:00 +0000",
                          "01-Foo-2020 00:00:00 +0000",
                          "01-anF-2020 00:00:00 +0000",
                          "01-Jan-2020 24:00:00 +0000",
                          "01-Jan-2020 00:60:00 +0000",
                          "01-Jan-2020 00:00:61 +0000",
                          "31-Dec-9999 23:59:60 +0000", // no year of four digits
                          "31-Dec-9999 23:00:00 -0500",
                          "01-Jan-0000 00:30:00 +0100",
                          "01-Jan-0000 00:00:00 +9999",
                          "01-Jan-2020 00:00:00  0000",
                          "01-Jan-2020 00:00:00 GMT  ",
                          "01-Jan-2020 00:00:00 +0000 ",
                          "01 Jan 2020 00:00:00 +0000",
                          "01-Jan--202 00:00:00 +0000",
                          "1 -Jan-2020 00:00:00 +0000",
                          "01-Jan-2020 00:00:00 +0000\r\n"})
    EXPECT_FALSE(imap::parse_internal_date(bad)) << bad;
}

TEST(InternalDate, OrdersByInstantFirst) {
  const auto east = *imap::parse_internal_date("01-Jan-2020 12:00:00 +0200");
  const auto west = *imap::parse_internal_date("01-Jan-2020 11:00:00 -0000");
  EXPECT_LT(east, west);
  EXPECT_NE(east, (InternalDate{east.seconds, 0}));
}

TEST(InternalDate, EveryDayRoundTrips) {
  for (std::int64_t day = -719'000; day < 2'900'000; day += 97) {
    const InternalDate date{day * 86400 + day % 86400, static_cast<int>(day % 1440)};
    const std::string text = format_internal_date(date);
    ASSERT_EQ(date, imap::parse_internal_date(text)) << text;
  }
}

} // namespace
