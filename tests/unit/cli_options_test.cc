// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/options.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "posix/fault.h"

namespace {

cli::Options parse(std::initializer_list<const char*> words, bool stop_early = false) {
  std::vector<char*> argv{const_cast<char*>("/usr/bin/tool")};
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  return {static_cast<int>(argv.size()) - 1,
          argv.data(),
          "[OPTION...] [NAME...]",
          {{"config", 'c', "FILE", "read FILE"},
           {"debug", 0, nullptr, "say more"},
           {"print", 0, "[NAME]", "print"}},
          stop_early};
}

TEST(Options, AreTakenInAllTheirSpellings) {
  const auto options = parse({"-cA", "a", "--config=B", "--config", "C", "--debug", "b"});
  EXPECT_EQ((std::vector<std::string>{"A", "B", "C"}), options.values("config"));
  EXPECT_EQ("C", options.value("config"));
  EXPECT_TRUE(options.has("debug"));
  EXPECT_FALSE(options.has("print"));
  EXPECT_EQ((std::vector<std::string>{"a", "b"}), options.arguments());
}

TEST(Options, LeaveACommandItsOwn) {
  const auto options = parse({"--debug", "run", "--config=X"}, true);
  EXPECT_EQ((std::vector<std::string>{"run", "--config=X"}), options.arguments());
}

TEST(Options, MayHaveAnArgument) {
  EXPECT_EQ("", parse({"--print"}).value("print"));
  EXPECT_EQ("X", parse({"--print=X"}).value("print"));
}

TEST(Options, AnswerForHelpAndVersion) {
  const auto help = parse({"--help"}).answer().value_or("");
  EXPECT_NE(help.npos, help.find("Usage: tool [OPTION...] [NAME...]\n")) << help;
  EXPECT_NE(help.npos, help.find("-c, --config=FILE")) << help;
  EXPECT_NE(help.npos, help.find("--print[=NAME]")) << help;
  EXPECT_NE("", parse({"--version"}).answer().value_or(""));
  EXPECT_FALSE(parse({}).answer());
}

TEST(Options, ThatAreUnknownAreRefused) {
  for (const char* bad : {"--colour", "-x", "--config", "--debug=1"}) {
    try {
      parse({bad});
      ADD_FAILURE() << bad;
    } catch (const posix::Fault& fault) {
      EXPECT_EQ(EX_USAGE, fault.status);
    }
  }
}

} // namespace
