// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/late_compression.h"

#include <gtest/gtest.h>

namespace {

using stream::LateCompression;

void make_slow(LateCompression& compression) {
  for (int i = 0; i < 3; ++i) {
    compression.down.passed(1'000'000);
    compression.down.waited(std::chrono::milliseconds{1500});
  }
}

/// What becomes of `text`, read in two pieces: CLIENT|LINE|COMPRESSED, each as it is
/// told.
std::string answer(std::string_view text, std::size_t split, bool last = false) {
  LateCompression compression{true};
  compression.ask();
  LateCompression::Answer answer = compression.read(text.substr(0, split), false);
  if (!compression.off()) {
    LateCompression::Answer more = compression.read(text.substr(split), last);
    answer.client += more.client;
    answer.line = more.line;
    answer.granted = more.granted;
    answer.compressed = more.compressed;
  } else { // the relay reads on in the one way or the other
    (answer.granted ? answer.compressed : answer.client) += text.substr(split);
  }
  EXPECT_EQ(!answer.line.empty(), compression.off());
  return answer.client + "|" + answer.line + "|" +
         (answer.granted ? answer.compressed : "none");
}

TEST(LateCompression, IsWantedOnceTheLinkHasProvenSlow) {
  LateCompression compression{true};
  compression.consider();
  EXPECT_FALSE(compression.wanted());
  make_slow(compression);
  compression.consider();
  EXPECT_TRUE(compression.wanted());
  EXPECT_FALSE(compression.overdue());
  EXPECT_EQ("imap-connect-compress COMPRESS DEFLATE", compression.ask());
  EXPECT_TRUE(compression.asked());
}

TEST(LateCompression, IsNeverWantedWhereItIsNotPossible) {
  LateCompression compression{false};
  make_slow(compression);
  compression.consider();
  EXPECT_TRUE(compression.off());
}

TEST(LateCompression, IsTriedThreeTimesWithANewMeasurementEach) {
  LateCompression compression{true};
  for (int i = 0; i < LateCompression::max_tries; ++i) {
    compression.consider();
    EXPECT_FALSE(compression.wanted()) << i;
    make_slow(compression);
    compression.consider();
    EXPECT_TRUE(compression.wanted()) << i;
    compression.forget();
  }
  EXPECT_TRUE(compression.off());
}

TEST(LateCompression, TellsItsAnswerFromWhatIsTheClients) {
  const std::string tag{stream::compress_tag};
  const struct {
    std::string said, becomes;
  } cases[] = {
      {"* 3 EXISTS\r\n" + tag + " OK now\r\n\x01\n\x02",
       "* 3 EXISTS\r\n|" + tag + " OK now|\x01\n\x02"},
      {tag + " OK now\r\n", "|" + tag + " OK now|"},
      {tag + " NO why\r\n* BYE\r\n", "* BYE\r\n|" + tag + " NO why|none"},
      {tag + "x OK\r\n" + tag + " BAD\r\n", tag + "x OK\r\n|" + tag + " BAD|none"},
  };
  for (const auto& [said, becomes] : cases)
    for (std::size_t split = 0; split <= said.size(); ++split)
      EXPECT_EQ(becomes, answer(said, split)) << split;
}

TEST(LateCompression, WithoutAnAnswerAllIsTheClients) {
  EXPECT_EQ("* BYE\r\nhalf||none", answer("* BYE\r\nhalf", 9, true));
  EXPECT_EQ("* BYE\r\n||none", answer("* BYE\r\nhalf", 9)); // more may come
}

} // namespace
