// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>

#include <array>
#include <string>

#include "posix/fault.h"
#include "stream/proxy_dialogue.h"

namespace stream {

namespace {

constexpr char version = 5;
constexpr char no_authentication = 0, user_password = 2;

unsigned octet(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// RFC 1928 section 6.
std::string_view reply_in_words(unsigned reply) {
  static constexpr std::array<std::string_view, 9> words{
      "succeeded",
      "the proxy failed",
      "the proxy's rules forbid the connection",
      "the network is unreachable from the proxy",
      "the host is unknown to the proxy or unreachable from it",
      "the server refused the proxy's connection",
      "the proxy's packets expired on the way",
      "the proxy cannot connect on behalf of others",
      "the proxy does not support this type of address"};
  return reply < words.size() ? words[reply] : "the proxy failed for an unknown reason";
}

/// ATYP and DST.ADDR of RFC 1928 section 5.
std::string address(std::string_view host) {
  const std::string text{host};
  std::array<char, 16> octets{};
  if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1)
    return '\1' + std::string{octets.data(), 4};
  if (::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1)
    return '\4' + std::string{octets.data(), 16};
  if (host.empty() || host.size() > 255)
    throw posix::Fault{EX_CONFIG, "the host name is too long for a SOCKS proxy"};
  return '\3' + std::string(1, static_cast<char>(host.size())) + text;
}

class Socks5 : public ProxyDialogue {
 public:
  Socks5(const Proxy& proxy, std::string_view host, std::uint16_t port);
  void feed(std::string_view octets) override;

 private:
  enum class State { method, password, reply, address };
  void on_method(unsigned method);
  void on_reply(std::string_view octets);
  void request();

  State state_ = State::method;
  std::string user_;
  Secret password_;
  std::string target_; ///< ATYP, DST.ADDR, DST.PORT
};

Socks5::Socks5(const Proxy& proxy, std::string_view host, std::uint16_t port)
    : user_{proxy.user}, password_{proxy.password.copy()}, target_{address(host)} {
  if (user_.size() > 255 || password_.size() > 255)
    throw posix::Fault{EX_CONFIG, "user or password is too long for a SOCKS proxy"};
  target_ += static_cast<char>(port >> 8U);
  target_ += static_cast<char>(port & 255U);
  output_.push_back(version);
  output_.append(user_.empty() ? std::string_view{"\1\0", 2}
                               : std::string_view{"\2\0\2", 3});
  wants_ = 2;
}

void Socks5::feed(std::string_view octets) {
  if (octets.size() != wants_) throw posix::Fault{EX_SOFTWARE, "SOCKS: wrong size"};
  const unsigned expected = state_ == State::password ? 1U : 5U;
  if (state_ != State::address && octet(octets, 0) != expected)
    throw posix::Fault{EX_PROTOCOL, "the proxy does not speak SOCKS 5"};
  switch (state_) {
  case State::method: on_method(octet(octets, 1)); break;
  case State::password:
    if (octet(octets, 1) != 0)
      throw posix::Fault{EX_NOPERM, "the proxy refused its user and password"};
    request();
    break;
  case State::reply: on_reply(octets); break;
  case State::address: wants_ = 0;
  }
}

void Socks5::on_method(unsigned method) {
  if (method == no_authentication) return request();
  if (method != user_password || user_.empty())
    throw posix::Fault{EX_NOPERM, user_.empty() ? "the proxy wants a user and a password"
                                                : "the proxy takes no user and password"};
  output_.push_back(1);
  output_.push_back(static_cast<char>(user_.size()));
  output_.append(user_);
  output_.push_back(static_cast<char>(password_.size()));
  output_.append(password_.view());
  password_.erase();
  state_ = State::password;
  wants_ = 2;
}

void Socks5::request() {
  password_.erase();
  output_.append({"\5\1\0", 3});
  output_.append(target_);
  state_ = State::reply;
  wants_ = 5; // up to the first octet of the address, which may be a length
}

void Socks5::on_reply(std::string_view octets) {
  if (const unsigned reply = octet(octets, 1); reply != 0)
    throw posix::Fault{EX_TEMPFAIL, std::string{reply_in_words(reply)}};
  state_ = State::address;
  switch (octet(octets, 3)) {
  case 1: wants_ = 3 + 2; break;
  case 4: wants_ = 15 + 2; break;
  case 3: wants_ = octet(octets, 4) + 2; break;
  default: throw posix::Fault{EX_PROTOCOL, "the proxy does not speak SOCKS 5"};
  }
}

} // namespace

std::unique_ptr<ProxyDialogue> socks5_dialogue(const Proxy& proxy, std::string_view host,
                                               std::uint16_t port) {
  return std::make_unique<Socks5>(proxy, host, port);
}

} // namespace stream
