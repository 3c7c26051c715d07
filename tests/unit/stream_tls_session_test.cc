// SPDX-License-Identifier: GPL-3.0-or-later
// What TLS passes once it is up: octets, channel bindings, sessions to resume.
#include "stream/tls.h"

#include <future>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "posix/fault.h"
#include "stream/certificate.h"
#include "stream_tls_fixture.h"

namespace {

using namespace tls_test;

TEST_F(Tls, BothEndsComputeTheSameChannelBinding) {
  std::string exported(32, '\0');
  const auto serve = [&](SSL* ssl) {
    SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(exported.data()), 32,
                               "EXPORTER-Channel-Binding", 24, nullptr, 0, 0);
    Server::echo(ssl);
  };
  const auto context = server_context(good_);
  for (const char* version : {"TLSv1.3", "TLSv1.2"}) {
    settings_.protocol_max = version;
    std::string type, data;
    {
      Server server{context.get(), serve};
      const auto tls = open_tls(server.client(), settings_, soon());
      type = tls->binding_type();
      data = tls->binding_data();
      say(*tls, "x");
      read(*tls, 1);
    }
    unsigned char digest[32];
    unsigned size = 0;
    X509_digest(good_.certificate.get(), EVP_sha256(), digest, &size);
    const bool newer = std::string{version} == "TLSv1.3";
    EXPECT_EQ(newer ? "tls-exporter" : "tls-server-end-point", type);
    EXPECT_EQ(newer ? exported : std::string(reinterpret_cast<char*>(digest), 32), data);
  }
}

/// As Cyrus has it: the client's Finished message, the server's in a resumed session.
TEST_F(Tls, BothEndsHaveTheSameFirstFinishedMessage) {
  std::string first;
  const auto serve = [&](SSL* ssl) {
    first.resize(EVP_MAX_MD_SIZE);
    const auto get = SSL_session_reused(ssl) ? SSL_get_finished : SSL_get_peer_finished;
    first.resize(get(ssl, first.data(), first.size()));
    Server::echo(ssl);
  };
  settings_.session_file = dir_.path("session");
  for (const char* version : {"TLSv1.3", "TLSv1.2"}) {
    settings_.protocol_max = version;
    const auto context = server_context(good_);
    for (const bool resumed : {false, true}) {
      std::string data;
      {
        Server server{context.get(), serve};
        const auto tls = open_tls(server.client(), settings_, soon());
        EXPECT_EQ(resumed, tls->facts().resumed) << version;
        data = tls->unique_data();
        say(*tls, "x");
        read(*tls, 1);
      }
      EXPECT_EQ(first, data) << version << resumed;
      EXPECT_GE(data.size(), 12U);
    }
  }
}

TEST_F(Tls, HasNoEndPointBindingWithoutASignatureHash) {
  const Identity ca = issue({.authority = true, .curve = "ED25519"});
  EXPECT_EQ("", stream::end_point_binding(ca.certificate.get()));
}

TEST_F(Tls, PassesOctetsBothWaysWhateverTheSizes) {
  const auto context = server_context(good_);
  Server server{context.get()};
  const auto tls = open_tls(server.client(), settings_, soon());
  std::string text;
  for (int i = 0; i < 3'000'000; ++i)
    text.push_back(static_cast<char>(std::uint32_t(i) * std::uint32_t(i) >> 7));
  std::string_view rest = text;
  std::string back, buffer(100'000, '\0');
  while (back.size() < text.size()) {
    const ssize_t sent = rest.empty() ? Stream::again : tls->write(rest);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    const bool flushed = tls->flush();
    const ssize_t n = tls->read(buffer.data(), buffer.size());
    ASSERT_NE(0, n);
    if (n > 0) back.append(buffer, 0, static_cast<std::size_t>(n));
    if (sent != Stream::again || n != Stream::again) continue;
    pollfd both[] = {tls->read_wait(), tls->write_wait()};
    ASSERT_GT(::poll(both, rest.empty() && flushed ? 1 : 2, 20'000), 0);
  }
  EXPECT_EQ(text, back);
  tls->finish();
  EXPECT_EQ("", read(*tls, 10)) << "the server answers close_notify with its own";
}

TEST_F(Tls, TakesOtherOctetsAfterAgain) {
  const auto context = server_context(good_);
  std::promise<void> filled; // reads nothing before, so that the client's socket fills
  Server server{context.get(), [&](SSL* ssl) {
                  filled.get_future().wait();
                  Server::echo(ssl);
                }};
  const auto tls = open_tls(server.client(), settings_, soon());
  std::string sent;
  const std::string block(20'000, 'a');
  for (ssize_t n = 0; (n = tls->write(block)) > 0;) sent.append(block, 0, std::size_t(n));
  EXPECT_FALSE(tls->flush());
  filled.set_value();
  std::string back = read(*tls, 100'000);
  sent += "different";
  std::string_view rest = "different";
  while (back.size() < sent.size()) {
    const ssize_t n = rest.empty() ? Stream::again : tls->write(rest);
    if (n > 0) rest.remove_prefix(std::size_t(n));
    tls->flush();
    char buffer[65536];
    const ssize_t got = tls->read(buffer, sizeof buffer);
    if (got > 0)
      back.append(buffer, std::size_t(got));
    else
      stream::wait_for(tls->read_wait(), soon(), "read");
  }
  EXPECT_TRUE(sent == back);
}

TEST_F(Tls, ResumesASessionOfTheSameSettingsOnly) {
  settings_.session_file = dir_.path("cache/session");
  for (const char* version : {"TLSv1.3", "TLSv1.2"}) {
    settings_.protocol_max = version;
    const auto context = server_context(good_);
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_FALSE(facts_.resumed) << version;
    struct stat info {};
    ASSERT_EQ(0, ::stat(settings_.session_file.c_str(), &info));
    EXPECT_EQ(0600U, info.st_mode & 0777U);
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_TRUE(facts_.resumed) << version;
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_TRUE(facts_.resumed) << version;
    EXPECT_EQ("CN=mail.example", facts_.subject) << "known from the session";
    settings_.cipherlist = "DEFAULT";
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_FALSE(facts_.resumed) << "other settings";
    settings_.cipherlist = "";
    ASSERT_EQ(0, ::chmod(settings_.session_file.c_str(), 0640));
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_FALSE(facts_.resumed) << "others may have written it";
  }
}

TEST_F(Tls, ASessionDoesNotGetPastANewPinOrHost) {
  settings_.session_file = dir_.path("session");
  const auto context = server_context(good_);
  EXPECT_EQ("up", connect(context.get()));
  settings_.fingerprints = std::string(64, '0');
  expect_starts(connect(context.get()), "77 the server's key is none of");
  settings_.fingerprints = "";
  settings_.host = "other.example";
  expect_starts(connect(context.get()), "77 the server's certificate is not for other");
}

TEST_F(Tls, ABrokenSessionFileIsNoHindrance) {
  settings_.session_file = dir_.path("session");
  const auto context = server_context(good_);
  EXPECT_EQ("up", connect(context.get()));
  std::ifstream in{settings_.session_file};
  const std::string whole{std::istreambuf_iterator<char>{in}, {}};
  for (std::size_t cut = 0; cut < whole.size(); cut += 1 + whole.size() / 40) {
    dir_.write("session", whole.substr(0, cut));
    EXPECT_EQ("up", connect(context.get()));
    EXPECT_FALSE(facts_.resumed) << cut;
  }
}

TEST_F(Tls, SealedItWritesNoSession) {
  settings_.session_file = dir_.path("session");
  const auto context = server_context(good_);
  Server server{context.get()};
  const auto tls = open_tls(server.client(), settings_, soon());
  tls->seal();
  say(*tls, "x");
  EXPECT_EQ("x", read(*tls, 1));
  EXPECT_FALSE(std::filesystem::exists(settings_.session_file));
}

} // namespace
