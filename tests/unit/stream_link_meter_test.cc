// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/link_meter.h"

#include <gtest/gtest.h>

namespace {

using std::chrono::milliseconds;
using stream::LinkMeter;

/// Whether a link is slow over which `octets` came in each of ten seconds of waiting.
bool slow(std::size_t octets) {
  LinkMeter meter;
  for (int i = 0; i < 100; ++i) {
    meter.passed(octets / 10);
    meter.waited(milliseconds{100});
  }
  return meter.slow();
}

TEST(LinkMeter, TellsASlowLinkFromAFastOne) {
  EXPECT_TRUE(slow(300'000));
  EXPECT_TRUE(slow(8'000'000));
  EXPECT_FALSE(slow(9'000'000));
  EXPECT_FALSE(slow(100'000'000));
}

TEST(LinkMeter, SaysNothingWhereLittleIsSaid) { EXPECT_FALSE(slow(200'000)); }

TEST(LinkMeter, WantsTwoMeasurements) {
  LinkMeter meter;
  meter.passed(1'000'000);
  meter.waited(milliseconds{1500});
  EXPECT_FALSE(meter.slow());
  meter.passed(1'000'000);
  meter.waited(milliseconds{900});
  EXPECT_FALSE(meter.slow());
  meter.waited(milliseconds{200});
  EXPECT_TRUE(meter.slow());
}

TEST(LinkMeter, DoesNotCountTheTimeInWhichNothingWasWaitedFor) {
  LinkMeter meter;
  meter.passed(std::size_t{1} << 30);
  meter.waited(milliseconds{1100});
  EXPECT_FALSE(meter.slow());
}

} // namespace
