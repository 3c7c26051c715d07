// SPDX-License-Identifier: GPL-3.0-or-later
// A server's challenges, one per line behind an octet that picks the mechanism: answered
// or refused, the password never in clear where the mechanism is to hide it, and no
// success believed that was not proven.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "posix/fault.h"
#include "stream/base64.h"
#include "stream/sasl_mechanisms.h"
#include "stream/sasl_scram.h"

namespace {

constexpr std::string_view password = "pencil";

std::unique_ptr<stream::Mechanism> pick(unsigned choice) {
  stream::Credentials who;
  who.username = "user";
  who.password = stream::Secret{password};
  who.token = stream::Secret{"token"};
  switch (choice % 7) {
  case 0: return make_scram(stream::Hash::sha1, who, {}, "fyko+d2lbbFgONRv9qkxdawL");
  case 1: return make_scram(stream::Hash::sha256, who, {}, "rOprNGfwEbeRWgbNEkqO");
  case 2: return make_cram_md5(who);
  case 3: return make_login(who);
  case 4: return make_oauthbearer(who);
  case 5: return make_xoauth2(who);
  default: return make_plain(who);
  }
}

void converse(unsigned choice, std::string_view challenges) {
  const auto mechanism = pick(choice);
  const bool hides = choice % 7 <= 2;
  bool refused = false;
  if (mechanism->initial().has_value() && choice % 7 == 3) std::abort();
  try {
    while (!challenges.empty()) {
      const std::string_view one = challenges.substr(0, challenges.find('\n'));
      challenges.remove_prefix(std::min(one.size() + 1, challenges.size()));
      const stream::Secret answer = mechanism->respond(one);
      if (hides && answer.view().find(password) != std::string_view::npos &&
          one.find(password) == std::string_view::npos)
        std::abort();
      refused = refused || !mechanism->refusal().empty();
    }
  } catch (const posix::Fault&) {
    refused = true;
  }
  try {
    mechanism->succeeded();
    if (refused && choice % 7 <= 1) std::abort();
  } catch (const posix::Fault&) {
  }
}

/// Many rounds are refused or bounded by design; here they would only cost time.
bool is_slow(std::string_view text) {
  for (std::size_t at = 0; (at = text.find("i=", at)) != text.npos; ++at)
    if (text.substr(at + 2, 5).find_first_not_of("0123456789") == text.npos) return true;
  return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (is_slow(rest)) return 0;
  converse(data[0], rest);
  stream::oauth_status(rest);
  stream::saslprep(rest);
  if (const auto octets = stream::base64_decode(rest))
    if (stream::base64_encode(*octets) != rest) std::abort();
  return 0;
}
