// SPDX-License-Identifier: GPL-3.0-or-later
#include "connect.h"

#include <signal.h>

#include <utility>

#include "imap/ascii.h"
#include "posix/fault.h"
#include "stream/deflate.h"
#include "stream/dial.h"
#include "stream/plain.h"
#include "stream/spawn.h"
#include "stream/tunnel.h"

namespace {

using stream::Dialogue;
using stream::Greeting;

/// How long a command that closed its output may take to end, for us to say how it did.
constexpr std::chrono::seconds reap_time{2};

/// A session in the making.
class Connection {
 public:
  Connection(Settings& settings, stream::Trace& trace, const Customer& customer,
             Session& session)
      : settings_{settings}, trace_{trace}, customer_{customer}, session_{session} {
    plan_.credentials = &settings.credentials;
    plan_.policy = settings.policy;
    // COMPRESS has to come before the client's first command.
    if (settings.compress != Compress::yes && customer.early)
      plan_.early = [this] {
        if (!early_) early_ = customer_.early();
        said_ = true;
        return *early_;
      };
  }

  void open() {
    if (settings_.type == Settings::Type::tunnel)
      tunnel();
    else
      tcp_or_again();
  }

 private:
  void tunnel();
  void tcp_or_again();
  void tcp();
  Greeting greeting(Dialogue& dialogue);
  stream::Dialled dial();
  std::unique_ptr<stream::Stream> secured(posix::Fd socket);
  void authenticate(Dialogue& dialogue, const Greeting& greeting);
  void compress(Dialogue& dialogue);

  Settings& settings_;
  stream::Trace& trace_;
  const Customer& customer_;
  stream::LoginPlan plan_;
  Session& session_;
  std::optional<std::string> early_; ///< what the customer said, once it was asked for
  bool said_ = false;                ///< to this server
  bool awaited_ = false;             ///< it has said something
  bool again_ = false;               ///< the greeting is waited for
  bool guessed_ = false;             ///< the login went out before the greeting had come
};

/// The greeting is not the one that the login was made for.
struct Changed {};

/// A greeting that did not come: how the command ended says more than that it did. One
/// that is silent is not about to end, and of no use any more.
[[noreturn]] void explain(const posix::Fault& fault, pid_t command, bool late) {
  if (late) {
    ::kill(command, SIGTERM);
    throw posix::Fault{fault};
  }
  const stream::Ending ending =
      stream::reap(command, std::chrono::steady_clock::now() + reap_time);
  if (ending.how.empty()) throw posix::Fault{fault};
  throw posix::Fault{ending.never_ran ? EX_CONFIG : EX_TEMPFAIL,
                     "command " + ending.how + ": " + fault.what()};
}

void Connection::tunnel() {
  stream::Tunnel tunnel = stream::open_tunnel(settings_.command, settings_.null_stderr);
  session_.tunnel = tunnel.pid;
  plan_.binding.encrypted = true;
  const stream::Deadline deadline = settings_.deadline();
  Dialogue dialogue{std::move(tunnel.stream), trace_, deadline};
  Greeting greeting;
  try {
    greeting = stream::read_greeting(dialogue);
  } catch (const stream::Refusal&) {
    throw;
  } catch (const posix::Fault& fault) {
    if (fault.status != EX_TEMPFAIL && fault.status != EX_IOERR) throw;
    explain(fault, tunnel.pid, std::chrono::steady_clock::now() >= deadline);
  }
  authenticate(dialogue, greeting);
}

/// A connection to the server, by way of a proxy if there is one. A proxy that wants
/// addresses is asked for one after the other.
stream::Dialled Connection::dial() {
  if (!settings_.proxy)
    return stream::dial(settings_.host, settings_.port, settings_.deadline());
  const stream::Proxy& proxy = *settings_.proxy;
  std::vector<std::string> targets{settings_.credentials.host};
  if (!proxy.resolves()) targets = stream::resolve(settings_.host, settings_.port);
  for (std::size_t i = 0;; ++i) {
    stream::Dialled up = stream::dial(proxy.host, proxy.port, settings_.deadline());
    try {
      stream::connect_through(up.socket.get(), proxy, targets[i], settings_.port,
                              settings_.deadline());
      up.address = targets[i];
      return up;
    } catch (const posix::Fault& fault) {
      if (fault.status != EX_TEMPFAIL || i + 1 == targets.size()) throw;
    }
  }
}

std::unique_ptr<stream::Stream> Connection::secured(posix::Fd socket) {
  std::unique_ptr<stream::TlsStream> tls =
      stream::open_tls(std::move(socket), settings_.tls, settings_.deadline());
  session_.secured = tls.get();
  session_.tls = tls->facts();
  trace_.note(session_.tls->version + " " + session_.tls->cipher + ", " +
              (session_.tls->resumed ? "resumed" : "SPKI " + session_.tls->pin));
  plan_.binding = {true, tls->binding_type(), tls->binding_data(),
                   !settings_.tls.certificate.empty()};
  return tls;
}

void Connection::tcp() {
  stream::Dialled up = dial();
  trace_.note("connected to " + up.address + " port " + settings_.port);
  session_.address = up.address;
  session_.tried = std::move(up.tried);
  session_.round_trip = up.round_trip;
  if (settings_.type == Settings::Type::imaps) {
    Dialogue dialogue{secured(std::move(up.socket)), trace_, settings_.deadline()};
    return authenticate(dialogue, greeting(dialogue));
  }
  plan_.policy.plaintext = !settings_.starttls; // it was written out
  auto plain = std::make_unique<stream::PlainStream>(std::move(up.socket));
  stream::PlainStream& below = *plain;
  Dialogue dialogue{std::move(plain), trace_, settings_.deadline()};
  if (!settings_.starttls) return authenticate(dialogue, greeting(dialogue));
  Greeting unproven = stream::read_greeting(dialogue);
  stream::start_tls(dialogue, unproven);
  dialogue.set_stream(secured(below.release()));
  unproven.capabilities.clear(); // they could be anybody's
  authenticate(dialogue, unproven);
}

/// The server's greeting, or that of the last time, which it will be compared with.
Greeting Connection::greeting(Dialogue& dialogue) {
  // Another process may have kept one since ours was forgotten.
  auto last = again_ ? std::nullopt : stream::recall_greeting(settings_.greeting_file);
  if (!last) return stream::read_greeting(dialogue);
  dialogue.expect([line = last->line](const std::string& now) {
    const Greeting greeting = stream::parse_greeting(now); // which may be BYE
    // Dovecot says "Waiting for authentication process to respond" before its greeting.
    if (now != line && !greeting.preauth && greeting.capabilities.empty()) return false;
    if (now != line) throw Changed{};
    return true;
  });
  return *std::move(last);
}

/// Once more, and slowly, if the server is not what it was: whatever it made of what came
/// too early, it was not a refusal of the login.
void Connection::tcp_or_again() {
  const stream::Deadline patience = settings_.deadline();
  try {
    return tcp();
  } catch (const Changed&) {
    trace_.note("the greeting has changed: connecting anew");
  } catch (const stream::Refusal&) {
    throw;
  } catch (const posix::Fault& fault) {
    const bool may_be_why = fault.status == EX_TEMPFAIL || fault.status == EX_IOERR ||
                            fault.status == EX_PROTOCOL;
    if (!guessed_ || !may_be_why || std::chrono::steady_clock::now() >= patience) throw;
    trace_.note(std::string{"connecting anew, for "} + fault.what());
  }
  stream::keep_greeting(settings_.greeting_file, {});
  guessed_ = said_ = false;
  again_ = true;
  session_ = Session{};
  tcp();
}

void Connection::authenticate(Dialogue& dialogue, const Greeting& greeting) {
  if (customer_.await && !awaited_) {
    awaited_ = customer_.await();
    if (!awaited_) throw Late{};
    dialogue.set_deadline(settings_.deadline()); // for it may have taken its time
  }
  if (greeting.server == stream::Server::cyrus && session_.secured != nullptr) {
    plan_.binding.data = session_.secured->unique_data();
    plan_.binding.type = plan_.binding.data.empty() ? "" : "tls-unique";
  }
  plan_.obtain = [&](bool fresh) {
    settings_.obtain_secrets(fresh, customer_.ends);
    dialogue.set_deadline(settings_.deadline()); // somebody may have typed for a while
    guessed_ = dialogue.expects();
  };
  session_.login.before = greeting.capabilities; // should it fail, --probe tells them
  session_.login = stream::log_in(dialogue, greeting, plan_);
  trace_.note("authenticated: " + session_.login.mechanism);
  if (!std::exchange(guessed_, false))
    stream::keep_greeting(settings_.greeting_file, greeting);
  settings_.credentials.password.erase();
  settings_.credentials.token.erase();
  if (early_ && !said_) dialogue.pass_on(*early_); // this one had to be asked first
  if (settings_.compress == Compress::yes) compress(dialogue);
  session_.stream = dialogue.take_stream();
}

/// RFC 4978. Octets behind its OK are compressed already.
void Connection::compress(Dialogue& dialogue) {
  if (!stream::has_capability(session_.login.capabilities, "COMPRESS=DEFLATE")) return;
  const std::string tag = dialogue.next_tag();
  dialogue.send(tag + " COMPRESS DEFLATE\r\n", tag + " COMPRESS DEFLATE");
  const stream::Response end =
      stream::await(dialogue, tag, [&](const stream::Response&, const std::string& line) {
        session_.login.rest += line + "\r\n";
      });
  if (end.status != "OK") return; // RFC 4978: the server is free to decline
  std::string rest = dialogue.take_rest();
  session_.stream = stream::open_deflate(dialogue.take_stream(), std::move(rest));
  dialogue.set_stream(std::move(session_.stream));
  session_.compressed = true;
  // Once is enough: a client that asked again would be refused.
  std::erase_if(session_.login.capabilities, [](const std::string& name) {
    return imap::equal_nocase(name, "COMPRESS=DEFLATE");
  });
}

/// What went wrong, with the server it went wrong at, for whoever has several.
std::string at_host(const Settings& settings, const posix::Fault& fault) {
  const std::string text = fault.what();
  if (settings.type == Settings::Type::tunnel || fault.status == EX_CONFIG ||
      text.find(settings.host) != text.npos)
    return text;
  return settings.host + ": " + text;
}

} // namespace

void connect_side(Settings& settings, stream::Trace& trace, const Customer& customer,
                  Session& session) {
  try {
    Connection{settings, trace, customer, session}.open();
  } catch (const stream::Refusal& refusal) {
    throw stream::Refusal{refusal.status, refusal.code, at_host(settings, refusal)};
  } catch (const posix::Fault& fault) {
    throw posix::Fault{fault.status, at_host(settings, fault)};
  }
}
