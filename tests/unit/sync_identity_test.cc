// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/identity.h"

#include <gtest/gtest.h>

#include "record/record.h"
#include "sync/sha256.h"

namespace {

std::string digest(std::string_view message) {
  syncing::Identity identity;
  identity.update(message);
  return identity.digest().hex();
}

std::string hex(syncing::Sha256& sum) { return record::Digest{sum.digest()}.hex(); }

TEST(Sha256, AgreesWithTheStandard) {
  syncing::Sha256 empty;
  EXPECT_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            hex(empty));
  syncing::Sha256 abc;
  abc.update("abc");
  EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex(abc));
  syncing::Sha256 million;
  for (int i = 0; i < 1000; ++i) million.update(std::string(1000, 'a'));
  EXPECT_EQ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            hex(million));
}

TEST(Identity, IgnoresFoldingOrderCaseAndOtherFields) {
  const std::string plain = digest("Message-ID: <1@x>\r\nSubject: a b\r\n\r\nbody");
  ASSERT_EQ(64U, plain.size());
  for (const char* same :
       {"Subject: a b\r\nMessage-ID: <1@x>\r\n\r\n",
        "message-id:<1@x>\nSUBJECT:  a\n\tb\n\n",
        "X-Added: y\r\nMessage-ID: <1@x>\r\nSubject: a b\r\n\r\nother body",
        "Message-ID: <1@x>\r\nSubject: a b",
        "Subject:\r\n a\r\n  b \r\nMessage-ID : <1@x>\r\n\r\n"})
    EXPECT_EQ(plain, digest(same)) << same;
}

TEST(Identity, TellsDifferentMessagesApart) {
  const std::string one = digest("Message-ID: <1@x>\r\nSubject: a\r\n\r\n");
  for (const char* different :
       {"Message-ID: <2@x>\r\nSubject: a\r\n\r\n",
        "Message-ID: <1@x>\r\n\r\nSubject: a\r\n", "Message-ID: <1@x>\r\nTo: a\r\n\r\n"})
    EXPECT_NE(one, digest(different)) << different;
}

TEST(Identity, TellsWhetherItIsWeak) {
  const auto weak = [](std::string_view message) {
    syncing::Identity identity;
    identity.update(message);
    return identity.digest().weak();
  };
  EXPECT_FALSE(weak("Message-ID: <1@x>\r\nDate: today\r\n\r\n"));
  for (const char* message :
       {"Message-ID: <1@x>\r\nSubject: a\r\n\r\n",
        "Date: today\r\nFrom: a\r\nTo: b\r\n\r\n", "Subject: a\r\n\r\n", ""})
    EXPECT_TRUE(weak(message)) << message;
}

TEST(Identity, IsEmptyWithoutFields) {
  for (const char* none :
       {"", "\r\n", "X: y\r\n\r\nSubject: in the body\r\n", "no header at all"})
    EXPECT_EQ("", digest(none)) << none;
}

TEST(Identity, DoesNotDependOnHowItIsFed) {
  const std::string message = "Message-ID: <1@x>\r\nTo: a,\r\n b\r\n\r\nSubject: no\r\n";
  syncing::Identity identity;
  for (const char c : message) identity.update(std::string_view{&c, 1});
  EXPECT_EQ(digest(message), identity.digest().hex());
}

// The header alone comes from a server cut at a mebibyte; the message itself passes
// whole.
TEST(Identity, OfAHugeHeaderIsThatOfItsFirstMebibyteOfFields) {
  std::string fields = "Message-ID: <1@x>\r\nDate: today\r\n", others;
  for (int i = 0; i < 20'000; ++i)
    others += "Received: from somewhere, that is to say\r\n";
  std::string to = "To: a@example.org";
  while (to.size() < (std::size_t{2} << 20)) to += ",\r\n a@example.org";
  for (const std::string& end :
       {to + "\r\nSubject: s\r\n\r\n",
        "Subject:" + std::string(3 << 20, 's') + "\r\n\r\n",
        "Cc: " + std::string((1 << 20) - fields.size() - 20, 'c') +
            "\r\nSubject: late\r\n\r\n"}) {
    const std::string header = fields + end;
    const std::string cut = header.substr(0, std::size_t{1} << 20);
    EXPECT_EQ(digest(cut), digest(others + header + "body"));
    EXPECT_EQ(digest(cut), digest(fields + others + end + "body"));
    EXPECT_NE(digest(cut), digest(fields));
  }
}

} // namespace
