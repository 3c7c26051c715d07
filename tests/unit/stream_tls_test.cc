// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <optional>

#include "posix/fault.h"
#include "stream/certificate.h"
#include "stream_tls_fixture.h"

namespace {

using namespace tls_test;

TEST_F(Tls, ConnectsAndTellsTheFacts) {
  EXPECT_EQ("up", connect(good_));
  EXPECT_EQ("TLSv1.3", facts_.version);
  EXPECT_EQ("CN=mail.example", facts_.subject);
  EXPECT_EQ("CN=Test CA", facts_.issuer);
  EXPECT_EQ(
      (std::vector<std::string>{"mail.example", "*.wild.example", "127.0.0.1", "::1"}),
      facts_.names);
  EXPECT_TRUE(facts_.pin.starts_with("sha256$")) << facts_.pin;
  EXPECT_EQ(7U + 64U, facts_.pin.size());
  EXPECT_TRUE(facts_.not_after.ends_with(" UTC"));
  EXPECT_TRUE(facts_.verified);
  EXPECT_FALSE(facts_.resumed);
}

TEST_F(Tls, MatchesNamesAndAddresses) {
  const struct {
    const char* host;
    bool address, matches;
  } cases[] = {
      {"mail.example", false, true},
      {"MAIL.EXAMPLE.", false, true},
      {"a.wild.example", false, true},
      {"a.b.wild.example", false, false},
      {"wild.example", false, false},
      {"127.0.0.1", true, true},
      {"::1", true, true},
      {"127.0.0.2", true, false},
      {"evil.example", false, false},
      {"mail.example.evil", false, false},
  };
  for (const auto& c : cases) {
    settings_.host = c.host;
    settings_.host_is_address = c.address;
    const std::string outcome = connect(good_);
    if (c.matches)
      EXPECT_EQ("up", outcome) << c.host;
    else
      expect_starts(outcome, std::string{"77 the server's certificate is not for "} +
                                 c.host +
                                 " but for mail.example, *.wild.example, 127.0.0.1, ::1");
  }
}

TEST_F(Tls, AnEmptyHostDoesNotSwitchTheCheckOff) {
  settings_.host = "";
  expect_starts(connect(good_), "78 host: ");
}

TEST_F(Tls, SaysWhatIsWrongWithACertificate) {
  const Identity other = issue({.name = "Other CA", .authority = true});
  const Identity middle = issue({.name = "Middle CA", .authority = true}, &ca_);
  const Identity old_ca =
      issue({.name = "Old CA", .until = -60, .authority = true}, &ca_);
  EXPECT_NE(std::string::npos, connect(issue({.from = -7200, .until = -3600}, &ca_))
                                   .find("the server's certificate expired on 20"));
  expect_starts(connect(issue({.from = 3600, .until = 7200}, &ca_)),
                "77 the server's certificate is not valid before 20");
  expect_starts(
      connect(issue({})),
      "77 the server's certificate (CN=mail.example) is self-signed: name it in "
      "SSL_CAfile, or trust its key alone with SSL_verify = NO and");
  expect_starts(
      connect(issue({}, &other)),
      "77 the server's certificate was issued by CN=Other CA, whose certificate");
  expect_starts(
      connect(issue({}, &middle)),
      "77 the server's certificate was issued by CN=Middle CA, whose certificate");
  const Identity leaf = issue({}, &middle);
  EXPECT_EQ("up", connect(server_context(leaf, middle.certificate.get()).get()));
  const Identity late = issue({}, &old_ca);
  expect_starts(connect(server_context(late, old_ca.certificate.get()).get()),
                "77 the issuer certificate CN=Old CA expired on 20");
  const Identity foreign = issue({}, &other);
  expect_starts(connect(server_context(foreign, other.certificate.get()).get()),
                "77 the authority CN=Other CA is not trusted");
}

TEST_F(Tls, TellsThePinThatItSaw) {
  const Identity id = issue({});
  EXPECT_NE(std::string::npos, connect(id).find(stream::spki_pin(id.certificate.get())));
  settings_.fingerprints = std::string(64, '0');
  const std::string outcome = connect(id);
  expect_starts(outcome,
                "77 the server's key is none of those in SSL_fingerprint: its pin");
  EXPECT_NE(std::string::npos, outcome.find(stream::spki_pin(id.certificate.get())));
}

TEST_F(Tls, PinsAreAnAdditionalCheck) {
  const Identity rsa = issue({.curve = "RSA"}, &ca_);
  const Identity self = issue({});
  settings_.fingerprints = stream::spki_pin(good_.certificate.get());
  EXPECT_EQ("up", connect(good_));
  EXPECT_EQ('7', connect(rsa)[0]);
  std::string bare = stream::spki_digest(rsa.certificate.get(), "sha512");
  for (std::size_t i = 2; i < bare.size(); i += 3) bare.insert(i, ":");
  settings_.fingerprints += "  sha512$" + bare;
  EXPECT_EQ("up", connect(rsa)) << "several, other algorithms, colons";
  settings_.fingerprints = stream::spki_pin(self.certificate.get());
  EXPECT_EQ('7', connect(self)[0]) << "the chain is verified all the same";
  settings_.verify = false;
  EXPECT_EQ("up", connect(self));
  EXPECT_EQ('7', connect(good_)[0]) << "alone, but not nothing";
  settings_.fingerprints = "";
  EXPECT_EQ("up", connect(self));
  EXPECT_FALSE(facts_.verified);
}

TEST_F(Tls, RefusesMalformedPins) {
  for (const char* bad : {"xyz", "sha256$", "sha256$00", "nohash$00", "00"}) {
    settings_.fingerprints = bad;
    expect_starts(connect(good_), "78 SSL_fingerprint: ");
  }
}

TEST_F(Tls, KeepsToTheProtocolBounds) {
  const auto version = [&](const char* low, const char* high, const char* list = "") {
    settings_.protocol_min = low;
    settings_.protocol_max = high;
    settings_.protocols = list;
    const std::string outcome = connect(good_);
    return outcome == "up" ? facts_.version : outcome;
  };
  EXPECT_EQ("TLSv1.3", version("", ""));
  EXPECT_EQ("TLSv1.2", version("", "TLSv1.2"));
  EXPECT_EQ("TLSv1.3", version("TLSv1.3", ""));
  EXPECT_EQ("TLSv1.2", version("TLSv1.2", "TLSv1.2"));
  EXPECT_EQ("TLSv1.2", version("", "", "TLSv1.2"));
  EXPECT_EQ("TLSv1.2", version("", "", "!SSLv2 !SSLv3 !TLSv1.3"));
  expect_starts(version("TLSv1.4", ""), "78 SSL_protocol_min = TLSv1.4: not one of");
  expect_starts(version("TLSv1.3", "TLSv1.2"), "78 SSL_protocol_min = TLSv1.3: above");
  expect_starts(version("", "", "tls"), "78 SSL_protocols = tls: not one of");
  const auto old = server_context(good_);
  SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
  settings_.protocols = "";
  settings_.protocol_min = "TLSv1.3";
  expect_starts(connect(old.get()),
                "76 no TLS version in common with the server; allowed "
                "here (SSL_protocol_min, SSL_protocol_max): TLSv1.3");
}

TEST_F(Tls, KeepsToTheCiphers) {
  settings_.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ("up", connect(good_));
  EXPECT_EQ("TLS_CHACHA20_POLY1305_SHA256", facts_.cipher);
  settings_.ciphersuites = "";
  settings_.protocol_max = "TLSv1.2";
  settings_.cipherlist = "ECDHE-ECDSA-AES256-GCM-SHA384";
  EXPECT_EQ("up", connect(good_));
  EXPECT_EQ("ECDHE-ECDSA-AES256-GCM-SHA384", facts_.cipher);
  settings_.cipherlist = "ECDHE-RSA-AES256-GCM-SHA384";
  expect_starts(connect(good_), "76 the server finds no common ground");
  settings_.cipherlist = "nonsense";
  expect_starts(connect(good_), "78 SSL_cipherlist = nonsense: ");
}

TEST_F(Tls, NamesTheSettingThatIsWrong) {
  settings_.ca_file = dir_.path("absent.pem");
  expect_starts(connect(good_), "78 SSL_CAfile = ");
  settings_.ca_file = "";
  settings_.ca_path = dir_.path("absent");
  expect_starts(connect(good_), "78 SSL_CApath = ");
  settings_.ca_path = "";
  settings_.verify = false;
  settings_.key = "/key";
  expect_starts(connect(good_), "78 SSL_key = /key: there is no SSL_certificate");
  settings_.certificate = dir_.path("absent.pem");
  expect_starts(connect(good_), "78 SSL_certificate = ");
}

TEST_F(Tls, LooksUpCaPathByHash) {
  settings_.ca_file = "";
  settings_.ca_path = dir_.path("");
  expect_starts(connect(good_), "77 the server's certificate was issued by CN=Test CA");
  char hash[20];
  std::snprintf(hash, sizeof hash, "%08lx.0",
                X509_NAME_hash_ex(X509_get_subject_name(ca_.certificate.get()), nullptr,
                                  nullptr, nullptr));
  dir_.write(hash, tls_peer::pem(ca_.certificate.get()));
  EXPECT_EQ("up", connect(good_));
  settings_.ca_path = "";
  // The system's store doesn't know it:
  expect_starts(connect(good_), "77 the server's certificate was issued by CN=Test CA");
}

TEST_F(Tls, AsksForTheServerName) {
  const auto context = server_context(good_);
  std::string asked;
  const auto name = [&](SSL* ssl) {
    const char* text = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    asked = text ? text : "(none)";
    Server::echo(ssl);
  };
  EXPECT_EQ("up", connect(context.get(), name));
  EXPECT_EQ("mail.example", asked);
  settings_.sni = "other.example";
  EXPECT_EQ("up", connect(context.get(), name));
  EXPECT_EQ("other.example", asked);
  settings_.sni = "";
  EXPECT_EQ("up", connect(context.get(), name));
  EXPECT_EQ("(none)", asked);
  settings_.sni.reset();
  settings_.host = "127.0.0.1";
  settings_.host_is_address = true;
  EXPECT_EQ("up", connect(context.get(), name));
  EXPECT_EQ("(none)", asked) << "an address is no server name";
}

TEST_F(Tls, ShowsAClientCertificateWhereItIsAskedFor) {
  const Identity client = issue({.name = "fred"}, &ca_);
  const auto context = server_context(good_);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca_.certificate.get());
  expect_starts(connect(context.get()), "77 the server refuses us by our certificate: ");
  settings_.certificate =
      dir_.write("client.pem", tls_peer::pem(client.certificate.get()) +
                                   tls_peer::pem(client.key.get()));
  EXPECT_EQ("up", connect(context.get()));
  settings_.key = dir_.write("key.pem", tls_peer::pem(client.key.get()));
  EXPECT_EQ("up", connect(context.get()));
  ASSERT_EQ(0, ::chmod(settings_.key.c_str(), 0644));
  EXPECT_NE(std::string::npos, connect(context.get()).find("everybody may read"));
  settings_.key = dir_.write("key.pem", tls_peer::pem(good_.key.get()));
  expect_starts(connect(context.get()), "78 SSL_key = ");
}

TEST_F(Tls, SaysThatThePeerDoesNotSpeakTls) {
  for (const char* greeting : {"* OK IMAP4rev1 ready\r\n", "HTTP/1.1 400 Bad\r\n\r\n"}) {
    int ends[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    posix::Fd here{ends[0]}, there{ends[1]};
    posix::set_nonblocking(here.get());
    posix::write_all(there.get(), greeting, "greeting");
    try {
      open_tls(std::move(here), settings_, soon());
      ADD_FAILURE();
    } catch (const posix::Fault& fault) {
      EXPECT_EQ(EX_PROTOCOL, fault.status) << fault.what();
      expect_starts(fault.what(), "the server doesn't speak TLS on this port");
    }
  }
}

TEST_F(Tls, SaysThatTheConnectionWasClosedOrTimedOut) {
  for (const bool close : {true, false}) {
    int ends[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    posix::Fd here{ends[0]}, there{ends[1]};
    posix::set_nonblocking(here.get());
    if (close) ::shutdown(there.get(), SHUT_WR);
    try {
      open_tls(std::move(here), settings_,
               std::chrono::steady_clock::now() + std::chrono::milliseconds{50});
      ADD_FAILURE();
    } catch (const posix::Fault& fault) {
      EXPECT_EQ(EX_TEMPFAIL, fault.status);
      EXPECT_STREQ(close ? "the server closed the connection in the TLS handshake "
                           "(TLS versions allowed here: TLSv1.2 to TLSv1.3)"
                         : "TLS handshake: timed out",
                   fault.what());
    }
  }
}

} // namespace
