// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/greeting.h"

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "stream/private_file.h"

namespace {

using stream::keep_greeting;
using stream::parse_greeting;
using stream::recall_greeting;

class KeptGreeting : public testing::Test {
 protected:
  KeptGreeting() { EXPECT_NE(nullptr, ::mkdtemp(directory_)); }
  ~KeptGreeting() override {
    ::unlink(path().c_str());
    ::rmdir((std::string{directory_} + "/cache/imapsync").c_str());
    ::rmdir((std::string{directory_} + "/cache").c_str());
    ::rmdir(directory_);
  }
  std::string path() const { return std::string{directory_} + "/cache/imapsync/host"; }
  /// What is recalled after `line` was kept.
  std::string recalled(const std::string& line) const {
    keep_greeting(path(), parse_greeting(line));
    const auto greeting = recall_greeting(path());
    return greeting ? greeting->line : "nothing";
  }

  char directory_[20] = "/tmp/greetingXXXXXX";
};

constexpr const char* dovecot = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready.";

TEST_F(KeptGreeting, IsTheLineOfAServerThatReadsWhatCameEarly) {
  EXPECT_EQ(dovecot, recalled(dovecot));
  struct stat info {};
  ASSERT_EQ(0, ::stat(path().c_str(), &info));
  EXPECT_EQ(0600U, info.st_mode & 0777U);
  EXPECT_EQ((stream::Capabilities{"IMAP4rev1", "AUTH=PLAIN"}),
            recall_greeting(path())->capabilities);
}

TEST_F(KeptGreeting, IsForgottenWithAnotherServer) {
  for (const char* other :
       {"* OK [CAPABILITY IMAP4rev1] Cyrus", "* OK [CAPABILITY IMAP4rev1] ready",
        "* PREAUTH [CAPABILITY IMAP4rev1] Dovecot", "* OK Dovecot ready."}) {
    EXPECT_EQ(dovecot, recalled(dovecot));
    EXPECT_EQ("nothing", recalled(other));
    EXPECT_NE(0, ::access(path().c_str(), F_OK)) << other;
  }
}

TEST_F(KeptGreeting, IsNotBelievedWhereOthersMayWrite) {
  recalled(dovecot);
  ::chmod(path().c_str(), 0620);
  EXPECT_FALSE(recall_greeting(path()));
}

TEST_F(KeptGreeting, IsOneLineOfOurs) {
  recalled(dovecot);
  const std::string magic = "imapsync greeting 1\n";
  for (const std::string& content :
       {std::string{}, magic, magic + dovecot, magic + dovecot + "\n\n",
        magic + "* BYE Dovecot\n", magic + "Dovecot\n", dovecot + std::string{"\n"}}) {
    stream::replace_private(path(), content);
    EXPECT_FALSE(recall_greeting(path())) << content;
  }
  EXPECT_FALSE(recall_greeting(""));
  keep_greeting("", parse_greeting(dovecot));
}

} // namespace
