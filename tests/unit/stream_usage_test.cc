// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/usage.h"

#include <gtest/gtest.h>

#include "stream/late_compression.h"

namespace {

using stream::Usage;

/// What the server gets of `text`, and what the session is like then.
std::string render(const Usage& usage, const std::string& sent) {
  std::string text = sent + "|";
  if (usage.left()) text += " left";
  if (!usage.quiet()) text += " busy";
  if (!usage.harmless()) text += " harmed";
  if (usage.selected()) text += " selected";
  if (usage.uses_condstore()) text += " condstore";
  for (const std::string& word : usage.enabled()) text += " +" + word;
  return text;
}

std::string after(std::string_view client, std::string_view server = {},
                  std::size_t size = 1000) {
  Usage usage;
  std::string sent;
  for (std::size_t i = 0; i < client.size(); i += size)
    usage.said(client.substr(i, size), sent);
  for (std::size_t i = 0; i < server.size(); i += size)
    usage.answered(server.substr(i, size));
  return render(usage, sent);
}

TEST(Usage, KeepsLogoutAndWhatFollowsFromTheServer) {
  const std::string client = "a NOOP\r\nlog LoGout \r\nb NOOP\r\n";
  for (std::size_t size = 1; size <= client.size(); ++size)
    EXPECT_EQ("a NOOP\r\n| left", after(client, "a OK\r\n", size)) << size;
}

TEST(Usage, SendsOnWhatOnlyLooksLikeLogout) {
  for (const std::string client :
       {"a APPEND x {12+}\r\nb LOGOUT\r\n..\r\n", "a LOGOUT2\r\n", "a NOOP\r\nDONE\r\n",
        "a UID LOGOUT\r\n", "\r\n", " LOGOUT\r\n", "a IDLE\r\nb LOGOUT x\r\n"})
    for (std::size_t size = 1; size <= client.size(); ++size) {
      Usage usage;
      std::string sent;
      for (std::size_t i = 0; i < client.size(); i += size)
        usage.said(std::string_view{client}.substr(i, size), sent);
      EXPECT_EQ(client, sent) << size;
      EXPECT_FALSE(usage.left()) << client;
    }
}

TEST(Usage, HoldsOnlyWhatMayBecomeLogout) {
  EXPECT_EQ("|", after("a LOG"));
  EXPECT_EQ("a LIST| busy", after("a LIST"));
  EXPECT_EQ("a NOOP\r\n|", after("a NOOP\r\nb LOGO", "a OK\r\n"));
  const std::string endless(3000, 'x');
  EXPECT_EQ(endless + "| busy", after(endless));
}

TEST(Usage, AnswersLogoutAsAServerWould) {
  Usage usage;
  std::string sent;
  usage.said("x.7 LOGOUT\r\n", sent);
  EXPECT_EQ("* BYE imap-connect keeps the session\r\nx.7 OK LOGOUT\r\n",
            usage.farewell());
  usage.next_client();
  EXPECT_FALSE(usage.left());
}

TEST(Usage, IsQuietWhenAllIsAnswered) {
  EXPECT_EQ("a NOOP\r\nb NOOP\r\n| busy", after("a NOOP\r\nb NOOP\r\n", "a OK\r\n"));
  EXPECT_EQ("a NOOP\r\n|", after("a NOOP\r\n", "* 1 EXISTS\r\na OK\r\n"));
  EXPECT_EQ("a NOOP\r\n| busy", after("a NOOP\r\n", "a OK\r\n* 1 EX"));
  EXPECT_EQ("a IDLE\r\n| busy", after("a IDLE\r\n", "+ idling\r\n"));
  EXPECT_EQ("a IDLE\r\nDONE\r\n|", after("a IDLE\r\nDONE\r\n", "+ idling\r\na OK\r\n"));
  EXPECT_EQ("a APPEND x {3+}\r\nab| busy", after("a APPEND x {3+}\r\nab"));
  EXPECT_EQ("a UID FETCH 1 BODY[]\r\n| busy",
            after("a UID FETCH 1 BODY[]\r\n", "* 1 FETCH (BODY[] {6}\r\na OK\r\n)\r\n"));
}

TEST(Usage, TrustsKnownCommandsOnly) {
  for (const char* harm :
       {"a NOTIFY NONE\r\n", "a STARTTLS\r\n", "a COMPRESS DEFLATE\r\n",
        "a LOGIN x y\r\n", "a AUTHENTICATE PLAIN\r\n", "a X-NEW\r\n",
        "a UNAUTHENTICATE\r\n", "a LANGUAGE de\r\n", "a\r\n"})
    EXPECT_EQ(std::string{harm} + "| harmed", after(harm, "a NO\r\n"));
  EXPECT_EQ("a list \"\" *\r\n|", after("a list \"\" *\r\n", "a OK\r\n"));
  const std::string own = std::string{stream::compress_tag} + " COMPRESS DEFLATE\r\n";
  EXPECT_EQ(own + "|", after(own, "imap-connect-compress OK\r\n"));
}

TEST(Usage, DoesNotTrustAServerThatEndsOrMiscounts) {
  EXPECT_EQ("a NOOP\r\n| harmed", after("a NOOP\r\n", "* bye bye\r\na OK\r\n"));
  EXPECT_EQ("a NOOP\r\n| harmed", after("a NOOP\r\n", "a OK\r\nb OK\r\n"));
}

TEST(Usage, RemembersWhatStays) {
  EXPECT_EQ("a ENABLE qresync X-A\r\nb enable QRESYNC\r\n| +QRESYNC +X-A",
            after("a ENABLE qresync X-A\r\nb enable QRESYNC\r\n", "a OK\r\nb OK\r\n"));
  for (const char* asks : {"a SELECT x\r\nb UNSELECT\r\nc EXAMINE y\r\n"})
    EXPECT_EQ(std::string{asks} + "| selected", after(asks, "a OK\r\nb OK\r\nc OK\r\n"));
  EXPECT_EQ("a SELECT x\r\nb CLOSE\r\n|",
            after("a SELECT x\r\nb CLOSE\r\n", "a OK\r\nb OK\r\n"));
  for (const std::string asks :
       {"a STATUS x (highestmodseq)\r\n", "a STATUS {1+}\r\nx (HIGHESTMODSEQ)\r\n",
        "a UID STORE 1 (UNCHANGEDSINCE 3) +FLAGS (x)\r\n"})
    EXPECT_EQ(asks + "| condstore", after(asks, "a OK\r\n"));
  const std::string cut = "a UID FETCH " + std::string(9000, '1') + " (FLAGS)\r\n";
  EXPECT_EQ(cut + "| condstore", after(cut, "a OK\r\n"));
}

} // namespace
