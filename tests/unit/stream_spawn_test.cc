// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/spawn.h"

#include <gtest/gtest.h>

namespace {

using Words = std::vector<std::string>;
using stream::command_words;

TEST(CommandWords, AreThoseOfASimpleCommand) {
  EXPECT_EQ(command_words(" ssh  -o\tX=y host imap \r\n"),
            (Words{"ssh", "-o", "X=y", "host", "imap"}));
  EXPECT_EQ(command_words("./exec . exec"), (Words{"./exec", ".", "exec"}));
  EXPECT_EQ(command_words("executor"), (Words{"executor"}));
}

TEST(CommandWords, AreLeftToAShellWhereItIsNeeded) {
  for (const char* command : {"a | b", "a 2>/dev/null", "~/imap", "a 'b c'", "A=b a",
                              "exec imap -c file", ". script", "a; b", "a $HOME"})
    EXPECT_EQ(command_words(command), (Words{"/bin/sh", "-c", command})) << command;
}

TEST(CommandWords, AreNoneOfBlanks) { EXPECT_EQ(command_words(" \t\n"), Words{}); }

} // namespace
