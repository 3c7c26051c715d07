// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/proxy.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "posix/fault.h"
#include "stream/proxy_dialogue.h"

namespace stream {

namespace {

[[noreturn]] void bad_url(const char* why) {
  // The URL itself may hold a password: it is not repeated.
  throw posix::Fault{EX_CONFIG, std::string{"proxy: "} + why +
                                    "; expected PROTOCOL://[USER:PASSWORD@]HOST[:PORT]"};
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Secret percent_decode(std::string_view text) {
  Secret out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0) bad_url("bad %-escape");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Proxy::Kind parse_kind(std::string_view name) {
  if (name == "socks5") return Proxy::Kind::socks5;
  if (name == "socks5h") return Proxy::Kind::socks5h;
  if (name == "http") return Proxy::Kind::http;
  bad_url("unknown protocol, not socks5, socks5h or http");
}

void parse_authority(std::string_view text, Proxy& proxy) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) bad_url("no ] after [");
    proxy.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    proxy.host = text.substr(0, text.find(':'));
    text.remove_prefix(proxy.host.size());
  }
  if (proxy.host.empty()) bad_url("no host");
  if (text.empty()) {
    proxy.port = proxy.kind == Proxy::Kind::http ? "8080" : "1080";
    return;
  }
  proxy.port = text.substr(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto legal = [&](char c) {
    return digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  };
  if (text[0] != ':' || proxy.port.empty() || !std::ranges::all_of(proxy.port, legal))
    bad_url("bad port");
  std::uint16_t number = 0; // beyond its range nothing is written to it
  std::from_chars(proxy.port.data(), proxy.port.data() + proxy.port.size(), number);
  if (std::ranges::all_of(proxy.port, digit) && number == 0) bad_url("bad port");
}

/// A number, or a name of services(5): SOCKS and HTTP want numbers.
std::uint16_t port_number(const std::string& port) {
  std::uint16_t number = 0;
  const char* end = port.data() + port.size();
  if (const auto [at, error] = std::from_chars(port.data(), end, number);
      error == std::errc{} && at == end)
    return number;
  const servent* service = ::getservbyname(port.c_str(), "tcp"); // NOLINT: one thread
  if (!service) throw posix::Fault{EX_CONFIG, "unknown port " + port};
  return ntohs(static_cast<std::uint16_t>(service->s_port));
}

void send_all(int socket, std::string_view octets, Deadline deadline) {
  while (!octets.empty()) {
    const ssize_t n = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (n >= 0)
      octets.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EAGAIN)
      wait_for({socket, POLLOUT, 0}, deadline, "proxy");
    else if (errno != EINTR)
      throw posix::system_fault(EX_TEMPFAIL, "proxy");
  }
}

void receive_all(int socket, char* into, std::size_t size, Deadline deadline) {
  while (size > 0) {
    const ssize_t n = ::recv(socket, into, size, 0);
    if (n > 0) {
      into += n;
      size -= static_cast<std::size_t>(n);
    } else if (n == 0)
      throw posix::Fault{EX_TEMPFAIL, "the proxy closed the connection"};
    else if (errno == EAGAIN)
      wait_for({socket, POLLIN, 0}, deadline, "proxy");
    else if (errno != EINTR)
      throw posix::system_fault(EX_TEMPFAIL, "proxy");
  }
}

} // namespace

Proxy parse_proxy(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == url.npos) bad_url("no ://");
  Proxy proxy;
  proxy.kind = parse_kind(url.substr(0, colon));
  url.remove_prefix(colon + 3);
  if (url.ends_with('/')) url.remove_suffix(1);
  if (const std::size_t at = url.rfind('@'); at != url.npos) {
    const std::string_view login = url.substr(0, at);
    const std::size_t middle = std::min(login.find(':'), login.size());
    proxy.user = percent_decode(login.substr(0, middle)).view();
    if (proxy.user.empty()) bad_url("no user before @");
    if (middle < login.size()) proxy.password = percent_decode(login.substr(middle + 1));
    url.remove_prefix(at + 1);
  }
  parse_authority(url, proxy);
  return proxy;
}

void connect_through(int socket, const Proxy& proxy, const std::string& host,
                     const std::string& port, Deadline deadline) {
  const auto dialogue = proxy.kind == Proxy::Kind::http
                            ? http_dialogue(proxy, host, port_number(port))
                            : socks5_dialogue(proxy, host, port_number(port));
  std::array<char, 512> buffer;
  while (dialogue->wants() > 0) {
    send_all(socket, dialogue->output().view(), deadline);
    const std::size_t size = dialogue->wants();
    receive_all(socket, buffer.data(), size, deadline);
    dialogue->feed({buffer.data(), size});
  }
}

} // namespace stream
