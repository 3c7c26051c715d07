// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl.h"

#include <gtest/gtest.h>

#include "posix/fault.h"
#include "stream/base64.h"
#include "stream/sasl_mechanisms.h"

namespace {

using stream::Credentials;
using stream::Mechanism;
using stream::Secret;

Credentials credentials() {
  Credentials c;
  c.username = "tim";
  c.password = Secret{"tanstaaftanstaaf"};
  c.token = Secret{"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="};
  c.host = "server.example.com";
  c.port = "143";
  return c;
}

std::unique_ptr<Mechanism> make(const char* name, const Credentials& c = credentials()) {
  return make_mechanism(*stream::sasl_traits(name), c, {}, false);
}

std::string initial(Mechanism& mechanism) {
  const std::optional<Secret> message = mechanism.initial();
  return message ? std::string{message->view()} : "(none)";
}

std::string respond(Mechanism& mechanism, std::string_view challenge) {
  try {
    return std::string{mechanism.respond(challenge).view()};
  } catch (const posix::Fault& fault) {
    return "! " + std::string{fault.what()};
  }
}

TEST(Sasl, PlainIsOneMessage) {
  const auto plain = make("plain");
  EXPECT_EQ(std::string("\0tim\0tanstaaftanstaaf", 21), initial(*plain));
  EXPECT_TRUE(plain->pipelines());
  EXPECT_EQ("! the server sent a challenge that PLAIN doesn't have", respond(*plain, ""));
}

TEST(Sasl, PlainCarriesTheAuthorizationIdentity) {
  Credentials c = credentials();
  c.authzid = "boss";
  EXPECT_EQ(std::string("boss\0tim\0tanstaaftanstaaf", 25), initial(*make("PLAIN", c)));
}

TEST(Sasl, LoginSendsNameThenPasswordWhateverThePrompts) {
  const auto login = make("LOGIN");
  EXPECT_EQ("(none)", initial(*login));
  EXPECT_FALSE(login->pipelines());
  EXPECT_EQ("tim", respond(*login, "Username:"));
  EXPECT_EQ("tanstaaftanstaaf", respond(*login, ""));
  EXPECT_EQ('!', respond(*login, "")[0]);
}

TEST(Sasl, CramMd5IsRfc2195sExample) {
  const auto cram = make("CRAM-MD5");
  EXPECT_EQ("(none)", initial(*cram));
  EXPECT_EQ("tim b913a602c7eda7a495b4e6e7334d3890",
            respond(*cram, "<1896.697170952@postoffice.reston.mci.net>"));
  EXPECT_EQ('!', respond(*cram, "")[0]);
}

TEST(Sasl, ExternalSendsTheAuthorizationIdentityOrNothing) {
  Credentials c = credentials();
  EXPECT_EQ("", initial(*make("EXTERNAL", c)));
  c.authzid = "fred";
  EXPECT_EQ("fred", initial(*make("EXTERNAL", c)));
}

TEST(Sasl, OauthBearerIsRfc7628sExample) {
  Credentials c = credentials();
  c.username = "user@example.com";
  const auto bearer = make("OAUTHBEARER", c);
  EXPECT_EQ("n,a=user@example.com,\1host=server.example.com\1port=143\1"
            "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1",
            initial(*bearer));
  EXPECT_FALSE(bearer->pipelines()) << "its error challenge swallows the next line";
}

TEST(Sasl, OauthBearerAnswersTheErrorWithADummyAndTellsTheReason) {
  const auto bearer = make("OAUTHBEARER");
  initial(*bearer);
  EXPECT_FALSE(bearer->expired());
  EXPECT_EQ("\1", respond(*bearer, R"({"status":"invalid_token","scope":"example"})"));
  EXPECT_TRUE(bearer->expired());
  EXPECT_EQ("the server refused the token (invalid_token)", bearer->refusal());
  EXPECT_EQ('!', respond(*bearer, "")[0]);
}

TEST(Sasl, Xoauth2AnswersTheErrorWithAnEmptyLine) {
  const auto xoauth2 = make("XOAUTH2");
  EXPECT_EQ("user=tim\1auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1",
            initial(*xoauth2));
  EXPECT_EQ("", respond(*xoauth2, R"({"status":"401","schemes":"bearer"})"));
  EXPECT_TRUE(xoauth2->expired());
}

TEST(Sasl, AFreshTokenDoesNotHealAMissingScope) {
  const auto bearer = make("OAUTHBEARER");
  respond(*bearer, R"({ "status" : "insufficient_scope" })");
  EXPECT_FALSE(bearer->expired());
}

TEST(Sasl, OauthStatusTakesOnlyHarmlessWords) {
  const struct {
    const char *json, *status;
  } cases[] = {
      {R"({"status":"invalid_request"})", "invalid_request"},
      {R"({"status" : "401"})", "401"},
      {R"({"status":"a\u001b[2J"})", ""},
      {"{\"status\":\"a\x1b[2J\"}", ""},
      {R"({"status":401})", ""},
      {R"({"status")", ""},
      {R"({"status":)", ""},
      {R"({"status":"open)", "open"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(c.status, stream::oauth_status(c.json)) << c.json;
}

TEST(Sasl, RefusesWhatAMechanismCannotExpress) {
  const auto with = [](auto change) {
    Credentials c = credentials();
    change(c);
    return c;
  };
  const auto nul = with([](auto& c) {
    c.password = Secret{std::string_view{"a\0b", 3}};
  });
  EXPECT_THROW(make("PLAIN", nul), posix::Fault);
  EXPECT_THROW(make("LOGIN", nul), posix::Fault);
  const auto line = with([](auto& c) { c.token = Secret{"abc\n"}; });
  EXPECT_THROW(make("OAUTHBEARER", line), posix::Fault);
  EXPECT_THROW(make("XOAUTH2", line), posix::Fault);
  const auto pair = with([](auto& c) { c.username = "a\1auth=Bearer x"; });
  EXPECT_THROW(make("XOAUTH2", pair), posix::Fault);
  EXPECT_THROW(make("OAUTHBEARER", pair), posix::Fault);
  const auto other = with([](auto& c) { c.authzid = "boss"; });
  EXPECT_THROW(make("LOGIN", other), posix::Fault);
  EXPECT_THROW(make("CRAM-MD5", other), posix::Fault);
}

TEST(Secret, ErasesWhenAskedAndKeepsItsOctetsOtherwise) {
  Secret secret{"abc"};
  secret.append(std::string(200, 'x'));
  const Secret moved = std::move(secret);
  EXPECT_EQ("abc" + std::string(200, 'x'), moved.view());
  EXPECT_TRUE(secret.empty()); // NOLINT(bugprone-use-after-move): empty by contract
  Secret other = moved.copy();
  const char* octets = other.resize(203);
  other.erase();
  EXPECT_EQ(std::string(203, '\0'), std::string(octets, 203));
  std::string text = "password";
  const Secret taken = Secret::take(text);
  EXPECT_EQ("password", taken.view());
  EXPECT_TRUE(text.empty());
}

TEST(Base64, DecodesWhatItEncodes) {
  std::string octets;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(octets, stream::base64_decode(stream::base64_encode(octets)).value_or("?"));
    octets.push_back(static_cast<char>(i * 7));
  }
  EXPECT_EQ("Zm9vYmE=", stream::base64_encode("fooba"));
}

TEST(Base64, RefusesMalformedText) {
  for (const char* bad : {"A", "AA", "AAA", "====", "A===", "AA=A", "AA==AAAA",
                          "AB==", "AAB=", "AA A", "AAA\n", "AAAA="})
    EXPECT_FALSE(stream::base64_decode(bad)) << bad;
}

} // namespace
