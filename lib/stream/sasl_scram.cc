// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl_scram.h"

#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "posix/fault.h"
#include "stream/base64.h"

namespace stream {

namespace {

std::string saslname(std::string_view text, const char* what) {
  const std::optional<Secret> prepared = saslprep(text);
  if (!prepared || (prepared->empty() && !text.empty()))
    throw posix::Fault{EX_CONFIG,
                       std::string{what} + " has characters that SCRAM prohibits"};
  std::string name;
  for (const char c : prepared->view()) {
    if (c == ',')
      name += "=2C";
    else if (c == '=')
      name += "=3D";
    else
      name += c;
  }
  return name;
}

/// Takes "k=value" off the front of a message, with the comma that follows.
std::optional<std::string_view> take(std::string_view& message, char key) {
  if (message.size() < 2 || message[0] != key || message[1] != '=') return std::nullopt;
  const std::size_t comma = std::min(message.find(','), message.size());
  const std::string_view value = message.substr(2, comma - 2);
  message.remove_prefix(std::min(comma + 1, message.size()));
  return value;
}

std::optional<long> number(std::string_view text) {
  long value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Only what a server may say of an error (RFC 5802 section 7: value of "e") is repeated.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80))
    out += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '.'
               ? c
               : '?';
  return out;
}

[[noreturn]] void fail(const char* why) { throw posix::Fault{EX_PROTOCOL, why}; }

class Scram : public Mechanism {
 public:
  Scram(Hash hash, const Credentials& credentials, const ScramChannel& channel,
        std::string nonce);

  std::string_view name() const override { return name_; }
  std::optional<Secret> initial() override { return Secret{header_ + first_bare_}; }
  Secret respond(std::string_view challenge) override;
  void succeeded() override {
    if (state_ != State::verified)
      throw posix::Fault{
          EX_NOPERM, "the server let us in without proving that it knows the password"};
  }
  std::string refusal() const override { return server_error_; }

 private:
  enum class State { first, final, verified, refused };
  Secret server_first(std::string_view challenge);
  Secret server_final(std::string_view challenge);
  Secret client_final(std::string_view challenge, std::string_view nonce,
                      std::string_view salt, int iterations);

  Hash hash_;
  std::string name_;
  State state_ = State::first;
  std::string header_, binding_data_, first_bare_, nonce_;
  Secret password_, server_signature_;
  std::string server_error_;
};

/// gs2-header of RFC 5802 section 7. "y" tells the server that we would have bound the
/// channel: it then notices when somebody took the -PLUS mechanisms off its list.
std::string gs2_header(const Credentials& credentials, const ScramChannel& channel) {
  std::string header = "n";
  if (channel.plus)
    header = "p=" + channel.type;
  else if (!channel.type.empty() && !channel.server_binds)
    header = "y";
  header += ',';
  if (!credentials.authzid.empty())
    header += "a=" + saslname(credentials.authzid, "the authorization identity");
  return header + ',';
}

Scram::Scram(Hash hash, const Credentials& credentials, const ScramChannel& channel,
             std::string nonce)
    : hash_{hash}, name_{hash == Hash::sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256"},
      header_{gs2_header(credentials, channel)},
      binding_data_{channel.plus ? channel.data : ""}, nonce_{std::move(nonce)} {
  if (channel.plus && channel.type.empty())
    throw posix::Fault{EX_SOFTWARE, "channel binding without a channel"};
  if (channel.plus) name_ += "-PLUS";
  first_bare_ = "n=" + saslname(credentials.username, "the user name") + ",r=" + nonce_;
  std::optional<Secret> password = saslprep(credentials.password.view());
  if (!password)
    throw posix::Fault{EX_CONFIG, "the password has characters that SCRAM prohibits, or "
                                  "isn't UTF-8; auth = PLAIN sends it as it is"};
  password_ = std::move(*password);
}

Secret Scram::respond(std::string_view challenge) {
  std::string_view rest = challenge;
  if (const auto error = take(rest, 'e'); error && state_ != State::verified) {
    // The NO that tells of the failure comes after our (empty) answer.
    state_ = State::refused;
    server_error_ = "the server says " + harmless(*error);
    return {};
  }
  switch (state_) {
  case State::first: return server_first(challenge);
  case State::final: return server_final(challenge);
  default: fail("the server goes on after the end of SCRAM");
  }
}

Secret Scram::server_first(std::string_view challenge) {
  std::string_view rest = challenge;
  if (rest.starts_with("m=")) fail("the server demands an extension of SCRAM");
  const auto nonce = take(rest, 'r');
  const auto salt_text = take(rest, 's');
  const auto count_text = take(rest, 'i');
  if (!nonce || !salt_text || !count_text)
    fail("the server's first SCRAM message is malformed");
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size())
    fail("the server's SCRAM nonce doesn't extend ours: a replay?");
  const std::optional<std::string> salt = base64_decode(*salt_text);
  if (!salt || salt->empty()) fail("the server's SCRAM salt is malformed");
  const std::optional<long> count = number(*count_text);
  if (!count) fail("the server's SCRAM iteration count is malformed");
  if (*count > scram_max_iterations)
    fail("the server's SCRAM iteration count is above 1000000");
  if (*count < scram_min_iterations)
    fail("the server's SCRAM iteration count is below 4096, too weak to show it a proof "
         "of "
         "the password (auth = PLAIN, over TLS, avoids SCRAM)");
  state_ = State::final;
  return client_final(challenge, *nonce, *salt, static_cast<int>(*count));
}

Secret Scram::client_final(std::string_view challenge, std::string_view nonce,
                           std::string_view salt, int iterations) {
  std::string message = "c=" + base64_encode(header_ + binding_data_) + ",r=";
  message += nonce;
  std::string auth = first_bare_ + ',';
  auth += challenge;
  auth += ',' + message;

  const Secret salted = pbkdf2(hash_, password_.view(), salt, iterations);
  password_.erase();
  Secret proof = hmac(hash_, salted.view(), "Client Key");
  const Secret stored_key = digest(hash_, proof.view());
  const Secret signature = hmac(hash_, stored_key.view(), auth);
  char* octets = proof.resize(proof.size());
  for (const char c : signature.view()) *octets++ ^= c;
  const Secret server_key = hmac(hash_, salted.view(), "Server Key");
  server_signature_ = hmac(hash_, server_key.view(), auth);

  Secret out{message};
  out.append(",p=");
  base64_encode(proof.view(), out);
  return out;
}

Secret Scram::server_final(std::string_view challenge) {
  const auto verifier = take(challenge, 'v');
  const auto signature = verifier ? base64_decode(*verifier) : std::nullopt;
  if (!signature) fail("the server's last SCRAM message is malformed");
  if (!same_octets(*signature, server_signature_.view()))
    throw posix::Fault{EX_NOPERM,
                       "the server's SCRAM signature is wrong: it doesn't know "
                       "the password, this isn't our server"};
  state_ = State::verified;
  return {};
}

} // namespace

std::unique_ptr<Mechanism> make_scram(Hash hash, const Credentials& credentials,
                                      const ScramChannel& channel, std::string nonce) {
  return std::make_unique<Scram>(hash, credentials, channel, std::move(nonce));
}

std::string scram_nonce() {
  char octets[18];
  if (::getrandom(octets, sizeof octets, 0) != ssize_t{sizeof octets})
    throw posix::system_fault(EX_OSERR, "getrandom");
  return base64_encode(std::string_view{octets, sizeof octets});
}

} // namespace stream
