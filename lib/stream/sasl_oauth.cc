// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "posix/fault.h"
#include "stream/sasl_mechanisms.h"

namespace stream {

namespace {

/// RFC 6750 section 2.1: b64token. Anything else could smuggle in key/value pairs.
bool is_token_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
}

void check_token(const Secret& token) {
  if (!std::ranges::all_of(token.view(), is_token_char) || token.empty())
    throw posix::Fault{EX_CONFIG, "the token is empty or has characters that no bearer "
                                  "token has (spaces or line ends?)"};
}

void check_name(std::string_view name) {
  if (std::ranges::any_of(name, [](char c) { return c >= 0 && c < ' '; }))
    throw posix::Fault{EX_CONFIG, "the user or host name holds a control character"};
}

/// saslname of RFC 5801 section 4: "," and "=" are escaped.
void append_saslname(Secret& out, std::string_view name) {
  for (const char c : name) {
    if (c == ',')
      out.append("=2C");
    else if (c == '=')
      out.append("=3D");
    else
      out.push_back(c);
  }
}

class Bearer : public Mechanism {
 public:
  Bearer(std::string_view name, Secret message, std::string_view dummy)
      : name_{name}, message_{std::move(message)}, dummy_{dummy} {}

  std::string_view name() const override { return name_; }
  std::optional<Secret> initial() override { return std::move(message_); }

  Secret respond(std::string_view challenge) override {
    if (std::exchange(refused_, true))
      throw posix::Fault{EX_PROTOCOL, "the server challenges a bearer token twice"};
    status_ = oauth_status(challenge);
    return Secret{dummy_};
  }

  std::string refusal() const override {
    if (!refused_) return {};
    return "the server refused the token" + (status_.empty() ? "" : " (" + status_ + ")");
  }

  /// Google says "400" and Microsoft "401" where RFC 7628 says "invalid_token". Only a
  /// missing scope is certain not to be healed by a fresh token.
  bool expired() const override { return refused_ && status_ != "insufficient_scope"; }

 private:
  std::string_view name_;
  Secret message_;
  std::string_view dummy_;
  std::string status_;
  bool refused_ = false;
};

void append_token(Secret& message, const Secret& token) {
  message.append("\1auth=Bearer ");
  message.append(token.view());
  message.append("\1\1");
}

} // namespace

std::unique_ptr<Mechanism> make_oauthbearer(const Credentials& credentials) {
  check_token(credentials.token);
  check_name(credentials.username);
  check_name(credentials.authzid);
  check_name(credentials.host);
  check_name(credentials.port);
  const std::string& who =
      credentials.authzid.empty() ? credentials.username : credentials.authzid;
  Secret message{"n,"};
  if (!who.empty()) {
    message.append("a=");
    append_saslname(message, who);
  }
  message.append(",");
  if (!credentials.host.empty()) {
    message.append("\1host=");
    message.append(credentials.host);
  }
  if (!credentials.port.empty()) {
    message.append("\1port=");
    message.append(credentials.port);
  }
  append_token(message, credentials.token);
  return std::make_unique<Bearer>("OAUTHBEARER", std::move(message), "\1");
}

std::unique_ptr<Mechanism> make_xoauth2(const Credentials& credentials) {
  check_token(credentials.token);
  check_name(credentials.username);
  Secret message{"user="};
  message.append(credentials.username);
  append_token(message, credentials.token);
  return std::make_unique<Bearer>("XOAUTH2", std::move(message), "");
}

std::string oauth_status(std::string_view json) {
  static constexpr std::string_view key = "\"status\"";
  static constexpr std::string_view blank = " \t\r\n";
  const auto skip = [&](std::size_t from) {
    const std::size_t at = json.find_first_not_of(blank, from);
    return at == json.npos ? json.size() : at;
  };
  std::size_t at = json.find(key);
  if (at == json.npos) return {};
  at = skip(at + key.size());
  if (at >= json.size() || json[at] != ':') return {};
  at = skip(at + 1);
  if (at >= json.size() || json[at] != '"') return {};
  const std::string_view rest = json.substr(at + 1);
  const std::string_view value = rest.substr(0, rest.find('"'));
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
  };
  if (value.size() > 64 || !std::ranges::all_of(value, harmless)) return {};
  return std::string{value};
}

} // namespace stream
