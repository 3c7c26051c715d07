// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl_choice.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/config.h"
#include "posix/fault.h"
#include "stream/sasl.h"
#include "stream/sasl_mechanisms.h"

namespace {

std::vector<std::string> words(const char* text) {
  std::istringstream in{text};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Means as letters: p password, t token, c certificate, e encrypted, b channel binding,
/// z authorization identity, s plaintext allowed.
stream::SaslMeans means(std::string_view letters) {
  const auto has = [&](char c) { return letters.find(c) != letters.npos; };
  return {has('p'), has('t'), has('c'), has('e'), has('b'), has('z'), has('s')};
}

std::string choose(const char* offered, const char* letters, const char* wanted = "") {
  const auto choice = choose_sasl(words(offered), means(letters), words(wanted));
  if (choice.mechanism.empty()) return "! " + choice.error;
  return std::string{choice.mechanism};
}

constexpr const char* all =
    "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS "
    "SCRAM-SHA-256-PLUS OAUTHBEARER XOAUTH2 EXTERNAL ANONYMOUS";

TEST(SaslChoice, TakesTheStrongestThatCanBeUsed) {
  const struct {
    const char *offered, *means, *chosen;
  } cases[] = {
      {all, "peb", "SCRAM-SHA-256-PLUS"},
      {all, "pe", "SCRAM-SHA-256"},
      {"plain scram-sha-1 scram-sha-1-plus", "peb", "SCRAM-SHA-1-PLUS"},
      {"PLAIN SCRAM-SHA-1", "peb", "SCRAM-SHA-1"},
      {"PLAIN SCRAM-SHA-1", "p", "SCRAM-SHA-1"},
      {"PLAIN LOGIN CRAM-MD5", "pe", "PLAIN"},
      {"LOGIN", "pe", "LOGIN"},
      {all, "te", "OAUTHBEARER"},
      {"XOAUTH2 PLAIN", "pte", "XOAUTH2"},
      {all, "ce", "EXTERNAL"},
      {all, "cpeb", "SCRAM-SHA-256-PLUS"},
      {"LOGIN PLAIN", "pez", "PLAIN"},
  };
  for (const auto& c : cases) EXPECT_EQ(c.chosen, choose(c.offered, c.means)) << c.chosen;
}

TEST(SaslChoice, SendsNoSecretInTheClearUnlessToldTo) {
  for (const char* offered : {"PLAIN", "LOGIN", "PLAIN LOGIN ANONYMOUS"}) {
    EXPECT_NE(std::string::npos, choose(offered, "p").find("isn't encrypted")) << offered;
  }
  EXPECT_NE(std::string::npos, choose("XOAUTH2", "t").find("isn't encrypted"));
  EXPECT_EQ("PLAIN", choose("PLAIN", "ps"));
  EXPECT_EQ("PLAIN", choose("PLAIN", "p", "PLAIN"));
  EXPECT_EQ("SCRAM-SHA-256", choose(all, "ps")) << "consent is no preference";
}

TEST(SaslChoice, FollowsTheOrderOfAuth) {
  EXPECT_EQ("PLAIN", choose(all, "peb", "PLAIN SCRAM-SHA-256"));
  EXPECT_EQ("CRAM-MD5", choose(all, "pe", "cram-md5"));
  EXPECT_EQ("SCRAM-SHA-1", choose(all, "pe", "SCRAM-SHA-1-PLUS SCRAM-SHA-1"));
  EXPECT_EQ("LOGIN", choose(all, "pe", "LOGIN"));
  EXPECT_EQ("EXTERNAL", choose(all, "cpe", "EXTERNAL"));
}

TEST(SaslChoice, NeverLeavesAuthAndSaysWhyNoneFits) {
  EXPECT_EQ("! none of the mechanisms in auth can be used: SCRAM-SHA-256: the server "
            "doesn't offer it; OAUTHBEARER: no token is configured",
            choose("PLAIN OAUTHBEARER", "pe", "SCRAM-SHA-256 OAUTHBEARER"));
  EXPECT_EQ("! auth names GSSAPI, which is unknown here", choose(all, "pe", "GSSAPI"));
  EXPECT_EQ("! none of the mechanisms in auth can be used: SCRAM-SHA-1-PLUS: this "
            "connection has no TLS channel to bind to",
            choose(all, "pe", "SCRAM-SHA-1-PLUS"));
}

// What the configuration accepts for `auth` is what there is.
TEST(SaslChoice, KnowsTheNamesThatTheConfigurationTakes) {
  for (const stream::SaslTraits& traits : stream::sasl_mechanisms())
    EXPECT_NO_THROW(cli::Config::parse(
        "[remote]\nauth = " + std::string{traits.name} + "\n", "config"))
        << traits.name;
  EXPECT_EQ(10U, stream::sasl_mechanisms().size()) << "then keys.cc has another, too";
}

TEST(SaslChoice, TellsTheConfigurationsFaultFromTheServers) {
  const auto ours = [](const char* offered, const char* letters, const char* wanted) {
    return choose_sasl(words(offered), means(letters), words(wanted)).misconfigured;
  };
  EXPECT_TRUE(ours(all, "e", ""));
  EXPECT_TRUE(ours(all, "pe", "OAUTHBEARER"));
  EXPECT_TRUE(ours(all, "pe", "GSSAPI"));
  EXPECT_FALSE(ours("PLAIN", "e", "OAUTHBEARER"));
  EXPECT_FALSE(ours("GSSAPI", "pe", ""));
}

TEST(SaslChoice, SaysWhatTheServerOffersButNothingUnprintable) {
  EXPECT_EQ("! the server offers no mechanism that can be used: GSSAPI: unknown here; "
            "XOAUTH2: no token is configured; CRAM-MD5: only if auth names it",
            choose("GSSAPI XOAUTH2 \x1b[2J aaaaaaaaaaaaaaaaaaaaaaaaaaa CRAM-MD5", "pe"));
  EXPECT_EQ("! the server wants authentication and no password is configured",
            choose(all, "e"));
  EXPECT_EQ("! the server offers no way to authenticate", choose("", "pe"));
  EXPECT_EQ("! the server offers no way to authenticate without TLS (type = imaps or "
            "STARTTLS = YES)",
            choose("", "p"));
}

TEST(SaslChoice, MakesWhatItChose) {
  stream::Credentials c;
  c.username = "user";
  c.password = stream::Secret{"pencil"};
  stream::Binding binding;
  binding.encrypted = true;
  EXPECT_EQ("SCRAM-SHA-256", choose_mechanism(words(all), c, binding, {})->name());
  binding.type = "tls-exporter";
  for (const char* name : {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
                           "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"}) {
    const stream::MechanismPolicy policy{{name}, false};
    EXPECT_EQ(name, choose_mechanism(words(all), c, binding, policy)->name());
  }
  try {
    choose_mechanism(words("PLAIN"), c, {}, {});
    ADD_FAILURE() << "a password in the clear";
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_UNAVAILABLE, fault.status);
  }
}

} // namespace
