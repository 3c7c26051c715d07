// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sasl_choice.h"

#include <algorithm>

#include "posix/fault.h"
#include "stream/sasl_mechanisms.h"

namespace stream {

namespace {

using Needs = SaslTraits::Needs;
using Names = std::vector<std::string>;

bool contains(const Names& names, const SaslTraits& traits) {
  return std::ranges::any_of(
      names, [&](const std::string& name) { return sasl_traits(name) == &traits; });
}

/// What is not configured, or empty.
std::string_view missing(const SaslMeans& means, Needs needs) {
  switch (needs) {
  case Needs::password: return means.password ? "" : "no password is configured";
  case Needs::token: return means.token ? "" : "no token is configured";
  case Needs::certificate: break;
  }
  return means.certificate ? "" : "no client certificate is configured";
}

/// Why `traits` cannot be used, or empty.
std::string_view obstacle(const SaslTraits& traits, const Names& advertised,
                          const SaslMeans& means, bool named) {
  if (!contains(advertised, traits)) return "the server doesn't offer it";
  const std::string_view absent = missing(means, traits.needs);
  if (!absent.empty()) return absent;
  if (traits.channel_binding && !means.channel_binding)
    return "this connection has no TLS channel to bind to";
  if (means.authzid && !traits.authzid)
    return "it cannot carry the authorization identity";
  if (traits.plaintext && !means.encrypted && !means.plaintext && !named)
    return "the connection isn't encrypted";
  return {};
}

SaslChoice choose_wanted(const Names& advertised, const SaslMeans& means,
                         const Names& wanted) {
  std::string reasons;
  bool misconfigured = false;
  for (const std::string& name : wanted) {
    const SaslTraits* traits = sasl_traits(name);
    if (!traits) return {{}, "auth names " + name + ", which is unknown here", true};
    const std::string_view why = obstacle(*traits, advertised, means, true);
    if (why.empty()) return {traits->name, {}};
    misconfigured = misconfigured || why == missing(means, traits->needs);
    reasons += (reasons.empty() ? "" : "; ") + std::string{traits->name} + ": ";
    reasons += why;
  }
  return {{}, "none of the mechanisms in auth can be used: " + reasons, misconfigured};
}

/// The advertised names that are fit to print (RFC 4422 section 3.1), with the reason for
/// not taking those that are known here.
std::string explain(const Names& advertised, const SaslMeans& means) {
  std::string out;
  for (const std::string& name : advertised) {
    const auto legal = [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    };
    if (name.empty() || name.size() > 20 || !std::ranges::all_of(name, legal)) continue;
    if (out.size() > 400) break;
    const SaslTraits* traits = sasl_traits(name);
    out += (out.empty() ? "" : "; ") + name + ": ";
    if (!traits)
      out += "unknown here";
    else if (const auto why = obstacle(*traits, advertised, means, false); !why.empty())
      out += why;
    else
      out += "only if auth names it";
  }
  return out;
}

SaslMeans means_of(const Credentials& credentials, const Binding& binding,
                   const MechanismPolicy& policy) {
  return {.password = !credentials.password.empty(),
          .token = !credentials.token.empty(),
          .certificate = binding.client_certificate,
          .encrypted = binding.encrypted,
          .channel_binding = !binding.type.empty(),
          .authzid = !credentials.authzid.empty(),
          .plaintext = policy.plaintext};
}

} // namespace

bool advertises_binding(const Names& advertised) {
  return std::ranges::any_of(advertised, [](const std::string& name) {
    const SaslTraits* traits = sasl_traits(name);
    return traits && traits->channel_binding;
  });
}

SaslChoice choose_sasl(const Names& advertised, const SaslMeans& means,
                       const Names& wanted) {
  if (!wanted.empty()) return choose_wanted(advertised, means, wanted);
  if (!means.password && !means.token && !means.certificate)
    return {{}, "the server wants authentication and no password is configured", true};
  bool clear_only = false;
  for (const SaslTraits& traits : sasl_mechanisms()) {
    if (traits.by_name_only) continue;
    if (traits.needs == Needs::certificate && (means.password || means.token)) continue;
    if (obstacle(traits, advertised, means, false).empty()) return {traits.name, {}};
    clear_only = clear_only || obstacle(traits, advertised, means, true).empty();
  }
  if (clear_only)
    return {
        {},
        "the server takes only plaintext logins and the connection isn't encrypted: use "
        "type = imaps or STARTTLS = YES, or name the mechanism in auth to send the "
        "secret in the clear"};
  const std::string list = explain(advertised, means);
  const std::string tls =
      means.encrypted ? "" : " without TLS (type = imaps or STARTTLS = YES)";
  return {{},
          list.empty() ? "the server offers no way to authenticate" + tls
                       : "the server offers no mechanism that can be used: " + list};
}

std::unique_ptr<Mechanism> choose_mechanism(const Names& advertised,
                                            const Credentials& credentials,
                                            const Binding& binding,
                                            const MechanismPolicy& policy) {
  const SaslChoice choice =
      choose_sasl(advertised, means_of(credentials, binding, policy), policy.wanted);
  if (choice.mechanism.empty())
    throw NoMechanism{choice.misconfigured ? EX_CONFIG : EX_UNAVAILABLE, choice.error};
  return make_mechanism(*sasl_traits(choice.mechanism), credentials, binding,
                        advertises_binding(advertised));
}

} // namespace stream
