// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <string>

#include "posix/fault.h"
#include "stream/base64.h"
#include "stream/proxy_dialogue.h"

namespace stream {

namespace {

constexpr std::size_t longest_answer = 8192;

class HttpConnect : public ProxyDialogue {
 public:
  HttpConnect(const Proxy& proxy, std::string_view host, std::uint16_t port);
  void feed(std::string_view octets) override;

 private:
  void check_status() const;

  bool authorized_;
  std::string answer_;
};

HttpConnect::HttpConnect(const Proxy& proxy, std::string_view host, std::uint16_t port)
    : authorized_{!proxy.user.empty()} {
  const auto odd = [](char c) { return c <= ' ' || c == '/' || c == '\x7f'; };
  if (host.empty() || std::ranges::any_of(host, odd))
    throw posix::Fault{EX_CONFIG, "the host name cannot be sent to an HTTP proxy"};
  std::string target{host};
  if (target.find(':') != target.npos) target = '[' + target + ']';
  target += ':' + std::to_string(port);
  output_.append("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n");
  if (authorized_) {
    Secret pair{proxy.user};
    pair.push_back(':');
    pair.append(proxy.password.view());
    output_.append("Proxy-Authorization: Basic ");
    base64_encode(pair.view(), output_);
    output_.append("\r\n");
  }
  output_.append("\r\n");
  // One octet at a time: what follows the empty line is the server's greeting, and a
  // socket takes nothing back. It is a hundred octets once per connection.
  wants_ = 1;
}

void HttpConnect::feed(std::string_view octets) {
  static constexpr std::string_view start = "HTTP/1.";
  answer_ += octets;
  const std::size_t n = std::min(start.size(), answer_.size());
  if (answer_.compare(0, n, start, 0, n) != 0 || answer_.size() > longest_answer)
    throw posix::Fault{EX_PROTOCOL, "the proxy does not speak HTTP"};
  if (!answer_.ends_with("\r\n\r\n") && !answer_.ends_with("\n\n")) return;
  check_status();
  wants_ = 0;
}

/// "HTTP/1.1 200 Connection established"
void HttpConnect::check_status() const {
  const std::string_view status =
      std::string_view{answer_}.substr(std::min<std::size_t>(9, answer_.size()), 3);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (status.size() != 3 || !std::ranges::all_of(status, digit))
    throw posix::Fault{EX_PROTOCOL, "the proxy does not speak HTTP"};
  if (status[0] == '2') return;
  if (status == "407" || status == "401") // tinyproxy says 401 to a wrong password
    throw posix::Fault{EX_NOPERM, authorized_ ? "the proxy refused its user and password"
                                              : "the proxy wants a user and a password"};
  // The reason phrase is printable ASCII or it isn't shown.
  std::string reason = answer_.substr(12, answer_.find_first_of("\r\n") - 12);
  const auto odd = [](char c) { return c < ' ' || c > '~'; };
  if (reason.size() > 80 || std::ranges::any_of(reason, odd)) reason.clear();
  throw posix::Fault{EX_TEMPFAIL,
                     "the proxy did not connect: " + std::string{status} + reason};
}

} // namespace

std::unique_ptr<ProxyDialogue> http_dialogue(const Proxy& proxy, std::string_view host,
                                             std::uint16_t port) {
  return std::make_unique<HttpConnect>(proxy, host, port);
}

} // namespace stream
