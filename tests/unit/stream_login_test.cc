// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/login.h"

#include <gtest/gtest.h>

#include "stream_pair.h"

namespace {

using stream::Dialogue;
using stream::Greeting;
using stream::LoggedIn;

/// A dialogue with a server that has said everything beforehand.
class Login : public testing::Test {
 protected:
  Login() {
    who_.username = "me";
    who_.password = stream::Secret{"secret"};
    plan_.credentials = &who_;
    plan_.binding.encrypted = true;
    plan_.early = [this] { return early_; };
  }

  /// What the client learns, or the fault: "77 CODE: text".
  std::string log_in(std::string_view server) {
    pair_.say(server);
    pair_.end();
    return attempt([&](Dialogue& dialogue) {
      const LoggedIn in =
          stream::log_in(dialogue, stream::read_greeting(dialogue), plan_);
      return in.mechanism + "\n" + stream::preauth_greeting(in.capabilities) + in.rest;
    });
  }

  std::string start_tls(std::string_view server) {
    pair_.say(server);
    pair_.end();
    return attempt([&](Dialogue& dialogue) {
      stream::start_tls(dialogue, stream::read_greeting(dialogue));
      return std::string{"up"};
    });
  }

  template <class Step>
  std::string attempt(Step&& step) {
    stream::Trace trace;
    Dialogue dialogue{std::move(pair_.ours), trace, in_seconds(10)};
    try {
      return step(dialogue);
    } catch (const posix::Fault& fault) {
      return std::to_string(fault.status) + " " + stream::bye(fault);
    }
  }

  StreamPair pair_;
  stream::Credentials who_;
  stream::LoginPlan plan_;
  std::string early_;
};

constexpr std::string_view plain = "c1 AUTHENTICATE PLAIN AG1lAHNlY3JldA==\r\n";

TEST_F(Login, TakesOneFlightWithSaslIr) {
  EXPECT_EQ("PLAIN\n* PREAUTH [CAPABILITY IMAP4rev1 X] imap-connect is ready\r\n",
            log_in("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n"
                   "c1 OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN X] in\r\n"));
  EXPECT_EQ(plain, pair_.heard());
}

TEST_F(Login, SendsTheClientsFirstCommandsAlong) {
  early_ = "a LIST \"\" *\r\n";
  EXPECT_EQ(
      "PLAIN\n* PREAUTH [CAPABILITY Y] imap-connect is ready\r\n"
      "* LIST () \"/\" x\r\na OK\r\n",
      log_in("* OK [CAPABILITY SASL-IR AUTH=PLAIN] Dovecot ready.\r\n"
             "c1 OK in\r\n* CAPABILITY Y\r\nc2 OK\r\n* LIST () \"/\" x\r\na OK\r\n"));
  EXPECT_EQ(std::string{plain} + "c2 CAPABILITY\r\na LIST \"\" *\r\n", pair_.heard());
}

/// Cyrus forgets what it has read behind AUTHENTICATE.
TEST_F(Login, ComparesAGreetingThatItDidNotWaitFor) {
  const Greeting known = stream::parse_greeting("* OK [CAPABILITY SASL-IR AUTH=PLAIN] x");
  const std::string answer = "\r\nc1 OK [CAPABILITY Y] in\r\n";
  std::string greeted;
  pair_.say("* OK Waiting.\r\n" + known.line + answer);
  EXPECT_EQ("PLAIN", attempt([&](Dialogue& dialogue) {
              dialogue.expect([&](const std::string& line) {
                greeted = line + " after " + pair_.heard() + greeted;
                return line == known.line;
              });
              EXPECT_TRUE(dialogue.expects());
              const LoggedIn in = stream::log_in(dialogue, known, plan_);
              EXPECT_FALSE(dialogue.expects());
              return in.mechanism;
            }));
  EXPECT_EQ(known.line + " after * OK Waiting. after " + std::string{plain}, greeted);
}

TEST_F(Login, SendsThemLaterWhereTheyMightGetLost) {
  early_ = "a NOOP\r\n";
  for (const char* greeting : {"Cyrus IMAP 3.6.1 server ready", "ready"}) {
    pair_ = {};
    EXPECT_EQ("PLAIN\n* PREAUTH [CAPABILITY X] imap-connect is ready\r\n",
              log_in("* OK [CAPABILITY SASL-IR AUTH=PLAIN] " + std::string{greeting} +
                     "\r\nc1 OK [CAPABILITY X] in\r\n"));
    EXPECT_EQ(plain, pair_.heard());
  }
}

TEST_F(Login, WaitsForTheServerWithoutSaslIr) {
  early_ = "a NOOP\r\n";
  EXPECT_EQ("PLAIN\n* PREAUTH [CAPABILITY Z] imap-connect is ready\r\n",
            log_in("* OK hi\r\n* CAPABILITY AUTH=PLAIN\r\nc1 OK\r\n+ \r\n"
                   "* CAPABILITY Z\r\nc2 OK\r\n"));
  EXPECT_EQ("c1 CAPABILITY\r\nc2 AUTHENTICATE PLAIN\r\nAG1lAHNlY3JldA==\r\n",
            pair_.heard());
}

TEST_F(Login, AsksForCapabilitiesThatTheServerDoesNotVolunteer) {
  EXPECT_EQ("PLAIN\n* PREAUTH [CAPABILITY Q] imap-connect is ready\r\n",
            log_in("* OK [CAPABILITY SASL-IR AUTH=PLAIN] hi\r\nc1 OK in\r\n"
                   "* CAPABILITY Q\r\nc2 OK\r\n"));
}

TEST_F(Login, NeedsNoneWithPreauth) {
  EXPECT_EQ("PREAUTH\n* PREAUTH [CAPABILITY X] imap-connect is ready\r\n* 3 EXISTS\r\n",
            log_in("* PREAUTH [CAPABILITY X] hi\r\n* 3 EXISTS\r\n"));
}

TEST_F(Login, UsesTheLoginCommandWhereThereIsNothingElse) {
  who_.username = "a \"b\\";
  EXPECT_EQ("LOGIN command\n* PREAUTH [CAPABILITY X] imap-connect is ready\r\n",
            log_in("* OK [CAPABILITY IMAP4rev1] hi\r\nc1 OK [CAPABILITY X] in\r\n"));
  EXPECT_EQ("c1 LOGIN \"a \\\"b\\\\\" \"secret\"\r\n", pair_.heard());
}

TEST_F(Login, SendsWhatCannotBeQuotedAsLiterals) {
  who_.password = stream::Secret{"p\xc3\xa4ss"};
  EXPECT_EQ(
      "LOGIN command\n* PREAUTH [CAPABILITY X] imap-connect is ready\r\n",
      log_in("* OK [CAPABILITY IMAP4rev1] hi\r\n+ go\r\nc1 OK [CAPABILITY X] in\r\n"));
  EXPECT_EQ("c1 LOGIN \"me\" {5}\r\np\xc3\xa4ss\r\n", pair_.heard());
}

TEST_F(Login, HonoursLogindisabled) {
  EXPECT_EQ("69",
            log_in("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n").substr(0, 2));
  EXPECT_EQ("", pair_.heard());
}

TEST_F(Login, SendsNoPasswordUnencrypted) {
  plan_.binding.encrypted = false;
  EXPECT_EQ("69", log_in("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n").substr(0, 2));
  EXPECT_EQ("", pair_.heard());
}

TEST_F(Login, TellsARefusalInTheServersWords) {
  EXPECT_EQ(
      "77 * BYE [AUTHENTICATIONFAILED] authentication as me was refused: no%1B[m\r\n",
      log_in("* OK [CAPABILITY SASL-IR AUTH=PLAIN] hi\r\nc1 NO no\x1b[m\r\n"));
}

TEST_F(Login, TellsATemporaryRefusalApart) {
  EXPECT_EQ("75 * BYE [UNAVAILABLE] authentication as me was refused: later\r\n",
            log_in("* OK [CAPABILITY SASL-IR AUTH=PLAIN] hi\r\n"
                   "c1 NO [UNAVAILABLE] later\r\n"));
}

struct Case {
  const char* server;
  const char* fault;
};

class BadServer : public Login, public testing::WithParamInterface<Case> {};

TEST_P(BadServer, IsLeft) {
  EXPECT_EQ(GetParam().fault, log_in(GetParam().server).substr(0, 17))
      << GetParam().server;
}

const std::string long_line = "* OK " + std::string(9000, 'x') + "\r\n";

INSTANTIATE_TEST_SUITE_P(
    All, BadServer,
    testing::Values(Case{"", "75 * BYE [UNAVAIL"},
                    Case{"HTTP/1.1 400\r\n", "76 * BYE [X-PROTO"},
                    Case{"c1 OK hi\r\n", "76 * BYE [X-PROTO"},
                    Case{"* OK hi", "75 * BYE [UNAVAIL"},
                    Case{long_line.c_str(), "76 * BYE [X-PROTO"},
                    Case{"* OK hi {3}\r\nabc\r\n", "76 * BYE [X-PROTO"},
                    Case{"* BYE go away\r\n", "75 * BYE [UNAVAIL"},
                    Case{"* OK [CAPABILITY SASL-IR AUTH=PLAIN] hi\r\n* BYE\r\n",
                         "75 * BYE [UNAVAIL"}));

TEST_F(Login, StartsTls) {
  EXPECT_EQ("up", start_tls("* OK [CAPABILITY STARTTLS] hi\r\nc1 OK go\r\n"));
  EXPECT_EQ("c1 STARTTLS\r\n", pair_.heard());
}

TEST_F(Login, RefusesOctetsBehindStartTls) {
  EXPECT_EQ(
      "76",
      start_tls("* OK [CAPABILITY STARTTLS] hi\r\nc1 OK go\r\n* OK x\r\n").substr(0, 2));
}

TEST_F(Login, RefusesAServerWithoutStartTls) {
  EXPECT_EQ("69", start_tls("* OK [CAPABILITY IMAP4rev1] hi\r\n").substr(0, 2));
}

TEST_F(Login, RefusesPreauthWhereTlsIsWanted) {
  EXPECT_EQ("77 * BYE [PRIVACYREQUIRED]",
            start_tls("* PREAUTH [CAPABILITY STARTTLS] hi\r\n").substr(0, 26));
}

TEST(Bye, HasACodeForEachStatus) {
  for (const auto& [status, code] :
       {std::pair{EX_NOHOST, "X-NOHOST"}, std::pair{EX_CONFIG, "X-CONFIG"},
        std::pair{EX_UNAVAILABLE, "X-MISSING"}, std::pair{EX_PROTOCOL, "X-PROTOCOL"},
        std::pair{EX_NOPERM, "AUTHENTICATIONFAILED"},
        std::pair{EX_TEMPFAIL, "UNAVAILABLE"}, std::pair{EX_IOERR, "UNAVAILABLE"}})
    EXPECT_EQ("* BYE [" + std::string{code} + "] x%0D%0Ay\r\n",
              stream::bye(posix::Fault{status, "x\r\ny"}));
}

TEST(Greeting, DropsCapabilitiesThatAreNoAtoms) {
  const auto response = stream::parse_response("* CAPABILITY A ] B] {3} C\"");
  EXPECT_EQ(stream::Capabilities{"A"}, stream::capabilities_in(response));
}

} // namespace
