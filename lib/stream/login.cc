// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/login.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "imap/ascii.h"
#include "stream/authenticate.h"
#include "stream/sasl_mechanisms.h"

namespace stream {

namespace {

bool starts_with_nocase(std::string_view text, std::string_view prefix) {
  return imap::equal_nocase(text.substr(0, prefix.size()), prefix);
}

std::vector<std::string> mechanisms(const Capabilities& capabilities) {
  std::vector<std::string> names;
  for (const std::string& name : capabilities)
    if (starts_with_nocase(name, "AUTH=")) names.push_back(name.substr(5));
  return names;
}

/// The LOGIN command is for servers that know no better: it is "LOGIN" in `auth =`, needs
/// a password, and sends it as it is.
bool may_use_login(const LoginPlan& plan, const Capabilities& capabilities) {
  const auto& wanted = plan.policy.wanted;
  return (plan.binding.encrypted || plan.policy.plaintext) &&
         (wanted.empty() || has_capability(wanted, "LOGIN")) &&
         plan.credentials->authzid.empty() && !plan.credentials->password.empty() &&
         !has_capability(capabilities, "LOGINDISABLED");
}

/// Null for the LOGIN command.
std::unique_ptr<Mechanism> choose(const LoginPlan& plan,
                                  const Capabilities& capabilities) {
  try {
    return choose_mechanism(mechanisms(capabilities), *plan.credentials, plan.binding,
                            plan.policy);
  } catch (const NoMechanism&) {
    if (!may_use_login(plan, capabilities)) throw;
    return nullptr;
  }
}

/// A certificate and a token say themselves whose they are.
bool needs_name(const Mechanism* mechanism) {
  return mechanism == nullptr ||
         sasl_traits(mechanism->name())->needs == SaslTraits::Needs::password;
}

/// A session that needs no authentication; what the client wrote can go at once.
LoggedIn preauthenticated(Dialogue& dialogue, Greeting& greeting) {
  LoggedIn session;
  session.mechanism = "PREAUTH";
  session.before = greeting.capabilities;
  session.capabilities = std::move(greeting.capabilities);
  if (session.capabilities.empty())
    session.capabilities = ask_capabilities(dialogue, session.rest);
  session.rest += dialogue.take_rest();
  dialogue.trace().received(session.rest);
  return session;
}

/// One mechanism is chosen and that is it, but for a token that has expired.
LoggedIn authenticate_with(Dialogue& dialogue, const LoginPlan& plan,
                           const Capabilities& capabilities) {
  std::unique_ptr<Mechanism> mechanism = choose(plan, capabilities);
  if (plan.credentials->username.empty() && needs_name(mechanism.get()))
    throw posix::Fault{EX_CONFIG,
                       "the server wants authentication and no username is configured"};
  try {
    return authenticate(dialogue, plan, capabilities, mechanism.get());
  } catch (const Refusal&) {
    if (!mechanism || !mechanism->expired()) throw;
  }
  plan.obtain(true);
  mechanism = choose(plan, capabilities);
  return authenticate(dialogue, plan, capabilities, mechanism.get());
}

} // namespace

void start_tls(Dialogue& dialogue, const Greeting& greeting) {
  if (greeting.preauth)
    throw Refusal{
        EX_NOPERM, "PRIVACYREQUIRED",
        "the server says PREAUTH, so that TLS cannot be started (STARTTLS = YES)"};
  Capabilities offered = greeting.capabilities;
  std::string ignored;
  if (offered.empty()) offered = ask_capabilities(dialogue, ignored);
  if (!has_capability(offered, "STARTTLS"))
    throw posix::Fault{EX_UNAVAILABLE, "the server does not offer STARTTLS"};
  const std::string tag = dialogue.next_tag();
  dialogue.send(tag + " STARTTLS\r\n", tag + " STARTTLS");
  const Response end = await(dialogue, tag, [](const Response&, const std::string&) {});
  if (end.status != "OK") refuse(end, EX_UNAVAILABLE, "STARTTLS was refused");
  if (dialogue.has_rest())
    throw posix::Fault{EX_PROTOCOL, "unencrypted octets follow the server's OK to "
                                    "STARTTLS: somebody tampers with the connection"};
}

LoggedIn log_in(Dialogue& dialogue, Greeting greeting, LoginPlan plan) {
  plan.server = greeting.server;
  if (greeting.preauth) return preauthenticated(dialogue, greeting);
  std::string ignored;
  if (greeting.capabilities.empty())
    greeting.capabilities = ask_capabilities(dialogue, ignored);
  plan.obtain(false);
  LoggedIn session = authenticate_with(dialogue, plan, greeting.capabilities);
  session.before = std::move(greeting.capabilities);
  return session;
}

std::string preauth_greeting(const Capabilities& capabilities) {
  std::string list;
  for (const std::string& name : capabilities)
    if (!starts_with_nocase(name, "AUTH=") && !imap::equal_nocase(name, "STARTTLS") &&
        !imap::equal_nocase(name, "LOGINDISABLED") &&
        !imap::equal_nocase(name, "SASL-IR") &&
        !imap::equal_nocase(name, "COMPRESS=DEFLATE"))
      list += " " + name;
  return "* PREAUTH [CAPABILITY" + list + "] imap-connect is ready\r\n";
}

} // namespace stream
