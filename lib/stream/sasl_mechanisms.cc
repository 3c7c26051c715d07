// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl_mechanisms.h"

#include <algorithm>
#include <array>

#include "stream/sasl_scram.h"

namespace stream {

namespace {

using enum SaslTraits::Needs;

constexpr std::array<SaslTraits, 10> mechanisms{{
    // name                needs        plain  plus   authzid named
    {"EXTERNAL", certificate, false, false, true, false},
    {"OAUTHBEARER", token, true, false, true, false},
    {"XOAUTH2", token, true, false, false, false},
    {"SCRAM-SHA-256-PLUS", password, false, true, true, false},
    {"SCRAM-SHA-1-PLUS", password, false, true, true, false},
    {"SCRAM-SHA-256", password, false, false, true, false},
    {"SCRAM-SHA-1", password, false, false, true, false},
    {"CRAM-MD5", password, false, false, false, true},
    {"PLAIN", password, true, false, true, false},
    {"LOGIN", password, true, false, false, false},
}};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

} // namespace

std::span<const SaslTraits> sasl_mechanisms() { return mechanisms; }

const SaslTraits* sasl_traits(std::string_view name) {
  const auto same = [&](const SaslTraits& traits) {
    return std::ranges::equal(traits.name, name, {}, {}, upper);
  };
  const auto* found = std::ranges::find_if(mechanisms, same);
  return found == mechanisms.end() ? nullptr : found;
}

std::unique_ptr<Mechanism> make_mechanism(const SaslTraits& traits,
                                          const Credentials& credentials,
                                          const Binding& binding, bool server_binds) {
  const std::string_view name = traits.name;
  if (name.starts_with("SCRAM-")) {
    const ScramChannel channel{binding.type, binding.data, traits.channel_binding,
                               server_binds};
    const Hash hash = name.find("256") != name.npos ? Hash::sha256 : Hash::sha1;
    return make_scram(hash, credentials, channel, scram_nonce());
  }
  if (name == "PLAIN") return make_plain(credentials);
  if (name == "LOGIN") return make_login(credentials);
  if (name == "EXTERNAL") return make_external(credentials);
  if (name == "CRAM-MD5") return make_cram_md5(credentials);
  if (name == "XOAUTH2") return make_xoauth2(credentials);
  return make_oauthbearer(credentials);
}

} // namespace stream
