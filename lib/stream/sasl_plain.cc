// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>

#include "posix/fault.h"
#include "stream/digest.h"
#include "stream/sasl_mechanisms.h"

namespace stream {

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }

void check(const Credentials& credentials) {
  if (has_nul(credentials.username) || has_nul(credentials.authzid))
    throw posix::Fault{EX_CONFIG, "the user name holds a NUL octet"};
  if (has_nul(credentials.password.view()))
    throw posix::Fault{EX_CONFIG, "the password holds a NUL octet"};
}

void check_without_authzid(const Credentials& credentials, const char* name) {
  check(credentials);
  if (!credentials.authzid.empty())
    throw posix::Fault{EX_CONFIG, std::string{name} +
                                      " cannot carry an authorization identity; "
                                      "auth = PLAIN can"};
}

[[noreturn]] void unexpected(const char* name) {
  throw posix::Fault{EX_PROTOCOL, std::string{"the server sent a challenge that "} +
                                      name + " doesn't have"};
}

class Plain : public Mechanism {
 public:
  explicit Plain(const Credentials& credentials) {
    check(credentials);
    message_.append(credentials.authzid);
    message_.push_back('\0');
    message_.append(credentials.username);
    message_.push_back('\0');
    message_.append(credentials.password.view());
  }
  std::string_view name() const override { return "PLAIN"; }
  std::optional<Secret> initial() override { return std::move(message_); }
  Secret respond(std::string_view /*challenge*/) override { unexpected("PLAIN"); }
  bool pipelines() const override { return true; }

 private:
  Secret message_;
};

class Login : public Mechanism {
 public:
  explicit Login(const Credentials& credentials)
      : username_{credentials.username}, password_{credentials.password.copy()} {
    check_without_authzid(credentials, "LOGIN");
  }
  std::string_view name() const override { return "LOGIN"; }
  std::optional<Secret> initial() override { return std::nullopt; }
  Secret respond(std::string_view /*challenge*/) override {
    switch (asked_++) {
    case 0: return Secret{username_};
    case 1: return std::move(password_);
    default: unexpected("LOGIN");
    }
  }

 private:
  std::string username_;
  Secret password_;
  int asked_ = 0;
};

class External : public Mechanism {
 public:
  explicit External(const Credentials& credentials) : authzid_{credentials.authzid} {
    check(credentials);
  }
  std::string_view name() const override { return "EXTERNAL"; }
  std::optional<Secret> initial() override { return Secret{authzid_}; }
  Secret respond(std::string_view /*challenge*/) override { unexpected("EXTERNAL"); }
  bool pipelines() const override { return true; }

 private:
  std::string authzid_;
};

class CramMd5 : public Mechanism {
 public:
  explicit CramMd5(const Credentials& credentials)
      : username_{credentials.username}, password_{credentials.password.copy()} {
    check_without_authzid(credentials, "CRAM-MD5");
  }
  std::string_view name() const override { return "CRAM-MD5"; }
  std::optional<Secret> initial() override { return std::nullopt; }
  Secret respond(std::string_view challenge) override {
    if (std::exchange(asked_, true)) unexpected("CRAM-MD5");
    Secret response{username_};
    response.push_back(' ');
    const Secret mac = hmac(Hash::md5, password_.view(), challenge);
    password_.erase();
    for (const char c : mac.view()) {
      const auto octet = static_cast<unsigned char>(c);
      response.push_back("0123456789abcdef"[octet >> 4U]);
      response.push_back("0123456789abcdef"[octet & 15U]);
    }
    return response;
  }

 private:
  std::string username_;
  Secret password_;
  bool asked_ = false;
};

} // namespace

std::unique_ptr<Mechanism> make_plain(const Credentials& credentials) {
  return std::make_unique<Plain>(credentials);
}

std::unique_ptr<Mechanism> make_login(const Credentials& credentials) {
  return std::make_unique<Login>(credentials);
}

std::unique_ptr<Mechanism> make_external(const Credentials& credentials) {
  return std::make_unique<External>(credentials);
}

std::unique_ptr<Mechanism> make_cram_md5(const Credentials& credentials) {
  return std::make_unique<CramMd5>(credentials);
}

} // namespace stream
