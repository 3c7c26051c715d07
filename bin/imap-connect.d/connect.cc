// SPDX-License-Identifier: GPL-3.0-or-later
#include "connect.h"

#include "imap/ascii.h"
#include "posix/fault.h"
#include "stream/dial.h"
#include "stream/plain.h"
#include "stream/tunnel.h"

namespace {

using stream::Dialogue;

/// How long a command that closed its output may take to end, for us to say how it did.
constexpr std::chrono::seconds reap_time{2};

/// Nobody can listen on the way to this machine.
bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" ||
         address.starts_with("::ffff:127.");
}

Session authenticated(Dialogue& dialogue, const stream::Greeting& greeting,
                      const stream::LoginPlan& plan) {
  Session session;
  session.login = stream::log_in(dialogue, greeting, plan);
  session.stream = dialogue.take_stream();
  return session;
}

/// A greeting that did not come: how the command ended says more than that it did.
[[noreturn]] void explain(const posix::Fault& fault, pid_t command) {
  const std::string how =
      stream::reap(command, std::chrono::steady_clock::now() + reap_time);
  if (how.empty()) throw posix::Fault{fault};
  throw posix::Fault{EX_TEMPFAIL, "command " + how + ": " + fault.what()};
}

Session connect_tunnel(const Settings& settings, stream::LoginPlan& plan,
                       stream::Trace& trace) {
  stream::Tunnel tunnel = stream::open_tunnel(settings.command, settings.null_stderr);
  plan.binding.encrypted = true;
  Dialogue dialogue{std::move(tunnel.stream), trace, settings.deadline()};
  stream::Greeting greeting;
  try {
    greeting = stream::read_greeting(dialogue);
  } catch (const stream::Refusal&) {
    throw;
  } catch (const posix::Fault& fault) {
    if (fault.status != EX_TEMPFAIL && fault.status != EX_IOERR) throw;
    explain(fault, tunnel.pid);
  }
  Session session = authenticated(dialogue, greeting, plan);
  session.tunnel = tunnel.pid;
  return session;
}

Session connect_tcp(const Settings& settings, stream::LoginPlan& plan,
                    stream::Trace& trace) {
  stream::Dialled up = stream::dial(settings.host, settings.port, settings.deadline());
  trace.note("connected to " + up.address + " port " + settings.port);
  if (is_loopback(up.address)) plan.policy.plaintext = true;
  Dialogue dialogue{std::make_unique<stream::PlainStream>(std::move(up.socket)), trace,
                    settings.deadline()};
  const stream::Greeting greeting = stream::read_greeting(dialogue);
  return authenticated(dialogue, greeting, plan);
}

} // namespace

Session connect_side(Settings& settings, stream::Trace& trace,
                     const std::function<std::string()>& early) {
  stream::LoginPlan plan;
  plan.credentials = &settings.credentials;
  plan.policy = settings.policy;
  // Whoever names the mechanisms means them, even where somebody could listen.
  plan.policy.plaintext = !settings.policy.wanted.empty();
  plan.early = early;
  if (settings.type == Settings::Type::tunnel)
    return connect_tunnel(settings, plan, trace);
  if (settings.type != Settings::Type::imap || settings.starttls)
    throw posix::Fault{EX_CONFIG, "TLS is not supported yet: STARTTLS = NO"};
  return connect_tcp(settings, plan, trace);
}
