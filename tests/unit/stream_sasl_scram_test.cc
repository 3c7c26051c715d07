// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl_scram.h"

#include <gtest/gtest.h>

#include "posix/fault.h"
#include "stream/base64.h"

namespace {

using stream::Hash;
using stream::Mechanism;
using stream::Secret;

constexpr const char* sha1_nonce = "fyko+d2lbbFgONRv9qkxdawL";
constexpr const char* sha1_first =
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
constexpr const char* sha256_nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr const char* sha256_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

stream::Credentials credentials() {
  stream::Credentials c;
  c.username = "user";
  c.password = Secret{"pencil"};
  return c;
}

std::unique_ptr<Mechanism> sha1(const stream::Credentials& c,
                                const char* nonce = sha1_nonce,
                                const stream::ScramChannel& channel = {}) {
  return make_scram(Hash::sha1, c, channel, nonce);
}

std::string initial(Mechanism& mechanism) {
  return std::string{mechanism.initial()->view()};
}

std::string respond(Mechanism& mechanism, std::string_view challenge) {
  try {
    return std::string{mechanism.respond(challenge).view()};
  } catch (const posix::Fault& fault) {
    return "! " + std::string{fault.what()};
  }
}

TEST(Scram, Sha1IsRfc5802sExample) {
  const auto scram = sha1(credentials());
  EXPECT_EQ("SCRAM-SHA-1", scram->name());
  EXPECT_FALSE(scram->pipelines());
  EXPECT_EQ("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", initial(*scram));
  EXPECT_EQ("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
            "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            respond(*scram, sha1_first));
  EXPECT_THROW(scram->succeeded(), posix::Fault);
  EXPECT_EQ("", respond(*scram, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
  EXPECT_NO_THROW(scram->succeeded());
}

TEST(Scram, Sha256IsRfc7677sExample) {
  const auto scram = make_scram(Hash::sha256, credentials(), {}, sha256_nonce);
  EXPECT_EQ("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", initial(*scram));
  EXPECT_EQ("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            respond(*scram, sha256_first));
  EXPECT_EQ("", respond(*scram, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_NO_THROW(scram->succeeded());
}

// Computed with Python's hashlib and hmac.
TEST(Scram, PlusBindsTheChannel) {
  std::string data;
  for (char c = 0; c < 32; ++c) data += c;
  stream::Credentials c = credentials();
  c.authzid = "boss";
  const stream::ScramChannel channel{"tls-exporter", data, true, true};
  const auto scram = make_scram(Hash::sha256, c, channel, "clientnonce");
  EXPECT_EQ("SCRAM-SHA-256-PLUS", scram->name());
  EXPECT_EQ("p=tls-exporter,a=boss,n=user,r=clientnonce", initial(*scram));
  EXPECT_EQ(
      "c=cD10bHMtZXhwb3J0ZXIsYT1ib3NzLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,"
      "r=clientnonceservernonce,p=6UKVfbukKhPN71maSYaqvEbVQSnHfNuVzuKTYXSft8M=",
      respond(*scram, "r=clientnonceservernonce,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=5000"));
  EXPECT_EQ("", respond(*scram, "v=eviZXlw+soDakuIX+0NJ4m5Ceg4/SQ6iIuo6com/w1I="));
  EXPECT_NO_THROW(scram->succeeded());
}

TEST(Scram, SaysWhatItKnowsOfChannelBinding) {
  stream::ScramChannel channel{"tls-exporter", "0123456789abcdef0123456789abcdef"};
  EXPECT_EQ('y', initial(*sha1(credentials(), "n", channel))[0])
      << "we can, the server's list says that it can't";
  channel.server_binds = true;
  EXPECT_EQ('n', initial(*sha1(credentials(), "n", channel))[0])
      << "auth names the mechanism without";
  channel.plus = true;
  const auto plus = sha1(credentials(), "n", channel);
  EXPECT_EQ("SCRAM-SHA-1-PLUS", plus->name());
  EXPECT_EQ("p=tls-exporter,,n=user,r=n", initial(*plus));
  const std::string final = respond(*plus, "r=n2,s=QSXCR+Q6sek8bf92,i=4096");
  const std::string bound =
      stream::base64_encode("p=tls-exporter,,0123456789abcdef0123456789abcdef");
  EXPECT_EQ("c=" + bound, final.substr(0, final.find(',')));
}

TEST(Scram, EscapesNamesAndCarriesTheAuthorizationIdentity) {
  stream::Credentials c = credentials();
  c.username = "a,b=c";
  c.authzid = "x=,";
  EXPECT_EQ("n,a=x=3D=2C,n=a=2Cb=3Dc,r=n", initial(*sha1(c, "n")));
}

TEST(Scram, RefusesAServerThatDoesNotPlayByTheRules) {
  const struct {
    const char *challenge, *reason;
  } cases[] = {
      {"", "malformed"},
      {"r=,s=,i=", "nonce"},
      {"r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096", "nonce"},
      {"r=other3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", "nonce"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=Q,i=4096", "salt"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=4096", "salt"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4095", "below 4096"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=-5", "below 4096"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=1000001", "above 1000000"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=99999999999", "above 1000000"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096x", "malformed"},
      {"r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92", "malformed"},
      {"m=ext,r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096", "extension"},
  };
  for (const auto& c : cases) {
    const std::string outcome = respond(*sha1(credentials()), c.challenge);
    EXPECT_NE(outcome.npos, outcome.find(c.reason)) << c.challenge << ": " << outcome;
    EXPECT_TRUE(outcome.starts_with("! ")) << c.challenge;
  }
}

TEST(Scram, DoesNotBelieveAServerThatCannotSign) {
  for (const char* final : {"v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "v=", "v=!", "", "x=y"}) {
    const auto scram = sha1(credentials());
    respond(*scram, sha1_first);
    EXPECT_TRUE(respond(*scram, final).starts_with("! ")) << final;
    EXPECT_THROW(scram->succeeded(), posix::Fault) << final;
  }
  EXPECT_THROW(sha1(credentials())->succeeded(), posix::Fault) << "OK, no challenge";
}

TEST(Scram, TellsTheServersErrorAndIsNotAuthenticated) {
  const auto scram = sha1(credentials());
  respond(*scram, sha1_first);
  EXPECT_EQ("", respond(*scram, "e=invalid-proof"));
  EXPECT_EQ("the server says invalid-proof", scram->refusal());
  EXPECT_THROW(scram->succeeded(), posix::Fault);
  const auto early = sha1(credentials());
  EXPECT_EQ("", respond(*early, "e=\x1b[2J"));
  EXPECT_EQ("the server says ??2J", early->refusal());
  EXPECT_EQ('!', respond(*early, sha1_first)[0]);
}

TEST(Scram, EndsAfterTheSignature) {
  const auto done = sha1(credentials());
  respond(*done, sha1_first);
  respond(*done, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
  EXPECT_EQ('!', respond(*done, "more")[0]);
  EXPECT_EQ('!', respond(*done, "e=x")[0]);
}

TEST(Scram, NoncesDifferAndAreOfTheGrammar) {
  const std::string nonce = stream::scram_nonce();
  EXPECT_EQ(24U, nonce.size());
  EXPECT_EQ(nonce.npos, nonce.find(','));
  EXPECT_NE(nonce, stream::scram_nonce());
}

TEST(Saslprep, MapsDropsAndProhibits) {
  const struct {
    const char *text, *prepared;
  } cases[] = {
      {"I\u00ADX", "IX"},           // RFC 4013 section 3
      {"user", "user"},             //
      {"USER", "USER"},             // case is kept
      {"a\u00A0b\u3000c", "a b c"}, // spaces
      {"p\u00E4ss\u20AC", "p\u00E4ss\u20AC"},
      {"\u0007", "-"}, // control
      {"\u200E", "-"}, // direction
      {"\uE000", "-"}, // private use
      {"\U0001FFFE", "-"},
      {"\xff", "-"},         // not UTF-8
      {"\xc0\x80", "-"},     // overlong
      {"\xed\xa0\x80", "-"}, // surrogate
      {"\xe2\x82", "-"},     // cut short
      {"\xf4\x90\x80\x80", "-"},
  };
  for (const auto& c : cases) {
    const auto prepared = stream::saslprep(c.text);
    EXPECT_EQ(c.prepared, prepared ? std::string{prepared->view()} : "-") << c.text;
  }
}

TEST(Scram, RefusesAPasswordThatItCannotPrepare) {
  stream::Credentials c = credentials();
  c.password = Secret{"p\xe4ss"};
  EXPECT_THROW(sha1(c), posix::Fault);
  c.password = Secret{"pass"};
  c.username = "a\nb";
  EXPECT_THROW(sha1(c), posix::Fault);
}

} // namespace
