// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/authenticate.h"

#include <optional>
#include <utility>

#include "imap/ascii.h"
#include "imap/command.h"
#include "stream/base64.h"

namespace stream {

namespace {

/// More challenges than any mechanism has.
constexpr int max_challenges = 16;

/// One authentication command and what follows it.
class Authentication {
 public:
  Authentication(Dialogue& dialogue, const LoginPlan& plan, const Capabilities& before)
      : dialogue_{dialogue}, plan_{plan}, before_{before}, tag_{dialogue.next_tag()} {}

  LoggedIn sasl(Mechanism& mechanism);
  LoggedIn login_command();

 private:
  void flight(const std::string& line, const std::string& shown, bool pipeline);
  void send_secret(std::string line);
  void continue_with(std::string_view text);
  LoggedIn finish(const Response& end, const std::string& mechanism);
  Response converse(Mechanism& mechanism, std::optional<Secret> first);
  [[noreturn]] void refused(const Response& end, const std::string& detail);

  Dialogue& dialogue_;
  const LoginPlan& plan_;
  const Capabilities& before_;
  std::string tag_, capability_tag_;
  std::optional<Capabilities> learnt_;
};

/// Sends a command that needs no continuation, and, where its failure cannot make the
/// server take the next line for something else, the client's first commands with it: one
/// round trip less. The CAPABILITY between them costs none, and is needed with servers
/// that don't volunteer their capabilities, for the client's replies follow at once.
void Authentication::flight(const std::string& line, const std::string& shown,
                            bool pipeline) {
  std::string octets = line;
  const std::string early = pipeline && plan_.early ? plan_.early() : std::string{};
  if (!early.empty()) {
    capability_tag_ = dialogue_.next_tag();
    octets += capability_tag_ + " CAPABILITY\r\n" + early;
  }
  dialogue_.send(octets, shown);
  if (!early.empty()) {
    dialogue_.trace().line('>', capability_tag_ + " CAPABILITY");
    dialogue_.trace().sent(early);
  }
  Secret::wipe(octets);
}

void Authentication::send_secret(std::string line) {
  line += "\r\n";
  dialogue_.send(line, "***");
  Secret::wipe(line);
}

void Authentication::refused(const Response& end, const std::string& detail) {
  std::string what = "authentication was refused";
  if (!plan_.credentials->username.empty())
    what = "authentication as " + imap::printable(plan_.credentials->username) +
           " was refused";
  if (!detail.empty()) what += " (" + imap::printable(detail) + ")";
  refuse(end, EX_NOPERM, what);
}

Response Authentication::converse(Mechanism& mechanism, std::optional<Secret> first) {
  for (int challenges = 0, lines = 0; lines < Dialogue::max_lines; ++lines) {
    Response response = parse_response(dialogue_.read_line());
    if (response.tag == tag_) return response;
    check_bye(response);
    if (auto list = capabilities_in(response)) learnt_ = std::move(list);
    if (response.tag != "+") continue;
    if (++challenges > max_challenges)
      throw posix::Fault{EX_PROTOCOL, "the server's SASL exchange does not end"};
    if (first) {
      send_secret(base64_encode(first->view()));
      first.reset();
      continue;
    }
    const std::optional<std::string> challenge = base64_decode(response.text);
    if (!challenge) {
      send_secret("*");
      throw posix::Fault{EX_PROTOCOL, "the server's SASL challenge is not base64"};
    }
    send_secret(base64_encode(mechanism.respond(*challenge).view()));
  }
  throw posix::Fault{EX_PROTOCOL, "the server sent too many untagged responses"};
}

LoggedIn Authentication::sasl(Mechanism& mechanism) {
  const std::string name{mechanism.name()};
  const std::string start = tag_ + " AUTHENTICATE " + name;
  std::optional<Secret> first = mechanism.initial();
  if (first && has_capability(before_, "SASL-IR")) {
    std::string encoded = first->empty() ? "=" : base64_encode(first->view());
    std::string line = start + " " + encoded + "\r\n";
    first.reset();
    // Cyrus throws away what follows AUTHENTICATE, and there the session would hang; so
    // might a proxy. Only a server that is known to read on is sent more.
    flight(line, start + " ***",
           mechanism.pipelines() && plan_.server == Server::dovecot);
    Secret::wipe(encoded);
    Secret::wipe(line);
  } else {
    flight(start + "\r\n", start, false);
  }
  const Response end = converse(mechanism, std::move(first));
  if (end.status != "OK") refused(end, mechanism.refusal());
  mechanism.succeeded();
  return finish(end, name);
}

void Authentication::continue_with(std::string_view text) {
  await(dialogue_, "+", [&](const Response& response, const std::string&) {
    if (response.tag == tag_) refused(response, {});
  });
  send_secret(std::string{text});
}

/// RFC 3501 6.2.3. What a quoted string cannot hold goes as a synchronising literal, so
/// the command may be several lines.
LoggedIn Authentication::login_command() {
  std::vector<std::string> lines{tag_ + " LOGIN"};
  for (const std::string_view argument : {std::string_view{plan_.credentials->username},
                                          plan_.credentials->password.view()}) {
    if (auto text = imap::quoted(argument)) {
      lines.back() += " " + *text;
      Secret::wipe(*text);
    } else {
      lines.back() += " {" + std::to_string(argument.size()) + "}";
      lines.emplace_back(argument);
    }
  }
  lines.front() += "\r\n";
  flight(lines.front(), tag_ + " LOGIN ***", lines.size() == 1);
  for (std::size_t i = 1; i < lines.size(); ++i) continue_with(lines[i]);
  for (std::string& line : lines) Secret::wipe(line);
  const Response end = await(dialogue_, tag_, [&](const Response& r, const std::string&) {
    if (auto list = capabilities_in(r)) learnt_ = std::move(list);
  });
  if (end.status != "OK") refused(end, {});
  return finish(end, "LOGIN command");
}

LoggedIn Authentication::finish(const Response& end, const std::string& mechanism) {
  LoggedIn session;
  session.mechanism = mechanism;
  if (auto list = capabilities_in(end)) learnt_ = std::move(list);
  if (!capability_tag_.empty()) {
    Capabilities asked = read_capabilities(dialogue_, capability_tag_, session.rest);
    if (!asked.empty()) learnt_ = std::move(asked);
  }
  session.capabilities =
      learnt_ ? std::move(*learnt_) : ask_capabilities(dialogue_, session.rest);
  session.rest += dialogue_.take_rest();
  dialogue_.trace().received(session.rest);
  return session;
}

} // namespace

LoggedIn authenticate(Dialogue& dialogue, const LoginPlan& plan,
                      const Capabilities& before, Mechanism* mechanism) {
  Authentication authentication{dialogue, plan, before};
  return mechanism == nullptr ? authentication.login_command()
                              : authentication.sasl(*mechanism);
}

} // namespace stream
