// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/proxy.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/proxy_dialogue.h"

namespace {

using stream::parse_proxy;
using stream::Proxy;
using stream::ProxyDialogue;

std::string printable(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    char text[8];
    std::snprintf(text, sizeof text, c > ' ' && c <= '~' ? "%c" : "\\%02x",
                  static_cast<unsigned char>(c));
    out += text;
  }
  return out;
}

/// What the dialogue sends, ">" before each message, while `answers` are fed as it asks
/// for them; then "through" and what is left of them, or "! status text".
std::string converse(ProxyDialogue& dialogue, std::string_view answers) {
  std::string out;
  try {
    for (;;) {
      const stream::Secret message = dialogue.output();
      if (!message.empty()) out += '>' + printable(message.view()) + '\n';
      const std::size_t n = dialogue.wants();
      if (n == 0) return out + "through " + printable(answers);
      if (n > answers.size()) return out + "waits for " + std::to_string(n);
      dialogue.feed(answers.substr(0, n));
      answers.remove_prefix(n);
    }
  } catch (const posix::Fault& fault) {
    return out + "! " + std::to_string(fault.status) + ' ' + fault.what();
  }
}

std::string socks(const char* url, const char* host, std::string_view answers) {
  return converse(*socks5_dialogue(parse_proxy(url), host, 143), answers);
}

std::string http(const char* url, const char* host, std::string_view answers) {
  return converse(*http_dialogue(parse_proxy(url), host, 993), answers);
}

template <std::size_t N>
std::string_view octets(const char (&text)[N]) {
  return {text, N - 1};
}

TEST(Proxy, ParsesUrls) {
  const struct {
    const char *url, *parsed;
  } cases[] = {
      {"socks5://localhost", "socks5 localhost 1080  "},
      {"socks5h://127.0.0.1:9050", "socks5h 127.0.0.1 9050  "},
      {"http://proxy.example/", "http proxy.example 8080  "},
      {"http://[::1]:3128", "http ::1 3128  "},
      {"http://h:65535", "http h 65535  "},
      {"socks5://u:p@h:1", "socks5 h 1 u p"},
      {"socks5://u%40x:p%3a%2F@h", "socks5 h 1080 u@x p:/"},
      {"socks5://u@h", "socks5 h 1080 u "},
  };
  for (const auto& c : cases) {
    const Proxy proxy = parse_proxy(c.url);
    const char* kinds[] = {"socks5 ", "socks5h ", "http "};
    const std::string password{proxy.password.view()};
    EXPECT_EQ(c.parsed, kinds[static_cast<int>(proxy.kind)] + proxy.host + ' ' +
                            proxy.port + ' ' + proxy.user + ' ' + password);
  }
  EXPECT_FALSE(parse_proxy("socks5://h").resolves());
  EXPECT_TRUE(parse_proxy("socks5h://h").resolves());
}

TEST(Proxy, RefusesMalformedUrlsWithoutRepeatingThem) {
  for (const char* bad :
       {"", "localhost", "ftp://h", "socks5://", "socks5://:1080",
        "socks5://h:", "http://[::1", "socks5://[::1]x", "socks5://u:p%4@h",
        "socks5://:hidden@h", "http://h:a:b", "http://h:0", "http://h:65536"}) {
    try {
      parse_proxy(bad);
      ADD_FAILURE() << bad;
    } catch (const posix::Fault& fault) {
      EXPECT_EQ(EX_CONFIG, fault.status) << bad;
      EXPECT_EQ(nullptr, std::strstr(fault.what(), "hidden"));
    }
  }
}

TEST(Proxy, Socks5SendsNamesAndAddresses) {
  EXPECT_EQ(
      ">\\05\\01\\00\n"
      ">\\05\\01\\00\\03\\09mail.test\\00\\8f\n"
      "through *\\20OK",
      socks("socks5h://p", "mail.test", octets("\5\0\5\0\0\1\177\0\0\1\0\200* OK")));
  EXPECT_EQ(">\\05\\01\\00\n>\\05\\01\\00\\01\\7f\\00\\00\\01\\00\\8f\nthrough ",
            socks("socks5://p", "127.0.0.1", octets("\5\0\5\0\0\3\2ab\0\0")));
  EXPECT_EQ(">\\05\\01\\00\n>\\05\\01\\00\\04" +
                std::string("\\00").append("\\00\\00\\00") +
                "\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\01\\00\\8f\nthrough x",
            socks("socks5://p", "::1",
                  octets("\5\0\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0x")));
}

TEST(Proxy, Socks5Authenticates) {
  EXPECT_EQ(">\\05\\02\\00\\02\n>\\01\\02me\\03pwd\n"
            ">\\05\\01\\00\\03\\01h\\00\\8f\nwaits for 5",
            socks("socks5h://me:pwd@p", "h", octets("\5\2\1\0")));
  EXPECT_EQ(">\\05\\02\\00\\02\n>\\05\\01\\00\\03\\01h\\00\\8f\nwaits for 5",
            socks("socks5h://me:pwd@p", "h", octets("\5\0")))
      << "a proxy that wants no password gets none";
}

TEST(Proxy, Socks5FailsInWords) {
  const struct {
    const char* url;
    std::string_view answers;
    const char* outcome;
  } cases[] = {
      {"socks5h://p", octets("\5\377"), "! 77 the proxy wants a user and a password"},
      {"socks5h://p", octets("\5\2"), "! 77 the proxy wants a user and a password"},
      {"socks5h://u:p@p", octets("\5\377"), "! 77 the proxy takes no user and password"},
      {"socks5h://u:p@p", octets("\5\2\1\1"),
       "! 77 the proxy refused its user and password"},
      {"socks5h://p", octets("\4\0"), "! 76 the proxy does not speak SOCKS 5"},
      {"socks5h://p", octets("HTTP"), "! 76 the proxy does not speak SOCKS 5"},
      {"socks5h://p", octets("\5\0\5\5\0\1\0"),
       "! 75 the server refused the proxy's connection"},
      {"socks5h://p", octets("\5\0\5\4\0\1\0"),
       "! 75 the host is unknown to the proxy or unreachable from it"},
      {"socks5h://p", octets("\5\0\5\200\0\1\0"),
       "! 75 the proxy failed for an unknown reason"},
      {"socks5h://p", octets("\5\0\5\0\0\7\0"), "! 76 the proxy does not speak SOCKS 5"},
  };
  for (const auto& c : cases) {
    const std::string all = socks(c.url, "h", c.answers);
    EXPECT_EQ(c.outcome, all.substr(all.rfind('\n') + 1));
  }
  EXPECT_THROW(socks("socks5h://p", std::string(256, 'h').c_str(), ""), posix::Fault);
}

TEST(Proxy, HttpConnectStopsBehindTheEmptyLine) {
  EXPECT_EQ(">CONNECT\\20h:993\\20HTTP/1.1\\0d\\0aHost:\\20h:993\\0d\\0a\\0d\\0a\n"
            "through *\\20OK",
            http("http://p", "h", "HTTP/1.1 200 Fine\r\nVia: x\r\n\r\n* OK"));
  EXPECT_EQ(">CONNECT\\20[::1]:993\\20HTTP/1.1\\0d\\0aHost:\\20[::1]:993\\0d\\0a"
            "Proxy-Authorization:\\20Basic\\20bWU6cHdk\\0d\\0a\\0d\\0a\nthrough ",
            http("http://me:pwd@p", "::1", "HTTP/1.0 200\r\n\r\n"));
}

TEST(Proxy, HttpConnectFailsInWords) {
  const std::string endless = "HTTP/1.1 200 OK\r\n" + std::string(9000, 'x');
  const struct {
    const char* url;
    std::string_view answers;
    const char* outcome;
  } cases[] = {
      {"http://p", "HTTP/1.1 407 Auth\r\n\r\n",
       "! 77 the proxy wants a user and a password"},
      {"http://u:p@p", "HTTP/1.1 407 Auth\r\n\r\n",
       "! 77 the proxy refused its user and password"},
      {"http://u:p@p", "HTTP/1.0 401 Unauthorized\r\n\r\n",
       "! 77 the proxy refused its user and password"},
      {"http://p", "HTTP/1.1 403 Forbidden\r\n\r\n",
       "! 75 the proxy did not connect: 403 Forbidden"},
      {"http://p", "HTTP/1.1 502 \x1b[2J\r\n\r\n", "! 75 the proxy did not connect: 502"},
      {"http://p", "\5\1", "! 76 the proxy does not speak HTTP"},
      {"http://p", "HTTP/1.1 OK\r\n\r\n", "! 76 the proxy does not speak HTTP"},
      {"http://p", "HTTP/1.\r\n\r\n", "! 76 the proxy does not speak HTTP"},
      {"http://p", endless, "! 76 the proxy does not speak HTTP"},
  };
  for (const auto& c : cases) {
    const std::string all = http(c.url, "h", c.answers);
    EXPECT_EQ(c.outcome, all.substr(all.rfind('\n') + 1));
  }
  for (const char* host : {"", "a b", "a\r\nX: y", "a/b"})
    EXPECT_THROW(http("http://p", host, ""), posix::Fault) << host;
}

TEST(Proxy, LeavesTheGreetingInTheSocket) {
  int ends[2];
  ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  const posix::Fd here{ends[0]}, there{ends[1]};
  posix::set_nonblocking(here.get());
  const std::string_view answers = "HTTP/1.1 200 OK\r\n\r\n* OK";
  ASSERT_EQ(ssize_t(answers.size()),
            ::write(there.get(), answers.data(), answers.size()));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  connect_through(here.get(), parse_proxy("http://p"), "h", "993", deadline);
  char rest[100];
  EXPECT_EQ(4, ::read(here.get(), rest, sizeof rest));
  ASSERT_EQ(0, ::shutdown(there.get(), SHUT_WR));
  EXPECT_THROW(
      connect_through(here.get(), parse_proxy("socks5://p"), "h", "993", deadline),
      posix::Fault);
}

} // namespace
