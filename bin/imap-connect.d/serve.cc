// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "connect.h"
#include "early.h"
#include "persist.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/sandbox.h"
#include "stream/spawn.h"

namespace {

/// How long a tunnel's command may take to end after its session.
constexpr std::chrono::seconds farewell{2};

/// No core dump, no debugger: passwords pass through this process.
void become_private() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  if (::prctl(PR_SET_DUMPABLE, 0) != 0)
    throw posix::system_fault(EX_OSERR, "prctl(PR_SET_DUMPABLE)");
}

/// The client left without a word.
struct Unwanted {};

/// How long a server is kept waiting for a login that may never come: they end the
/// connection after a minute or more.
constexpr std::chrono::milliseconds server_patience{10'000};
constexpr std::chrono::milliseconds for_ever{-1};

/// Waits for the first octet. False if there is none in time; throws Unwanted if there
/// will be none.
bool await_client(int fd, std::chrono::milliseconds time) {
  if (time > time.zero()) time /= posix::Clock::speed();
  pollfd poll_fd{fd, POLLIN, 0};
  int ready = 0;
  while ((ready = ::poll(&poll_fd, 1, static_cast<int>(time.count()))) < 0)
    if (errno != EINTR) throw posix::system_fault(EX_OSERR, "poll");
  if (ready > 0 && (poll_fd.revents & POLLIN) == 0) throw Unwanted{};
  return ready > 0;
}

/// Waits for the first octet. False if there will be none.
bool speaks(int fd) {
  try {
    return await_client(fd, for_ever);
  } catch (const Unwanted&) {
    return false;
  }
}

/// Something is done with what passes, or it is watched: the client will not get the
/// server's own descriptors. It sees the end of the socket.
void refuse_direct(stream::Client& client) {
  if (client.direct >= 0) ::close(client.direct);
  client.direct = -1;
}

/// While this exists, we end with the program, whatever we are doing: it has not asked
/// for anything yet.
struct EndsWithProgram {
  explicit EndsWithProgram(int fd) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)await_client(fd, std::chrono::milliseconds{0}); // it may have ended before
  }
  EndsWithProgram(const EndsWithProgram&) = delete;
  EndsWithProgram& operator=(const EndsWithProgram&) = delete;
  ~EndsWithProgram() { ::prctl(PR_SET_PDEATHSIG, 0); }
};

} // namespace

void tell(const stream::Client& client, const std::string& text) {
  posix::set_nonblocking(client.out, false);
  try {
    posix::write_all(client.out, text, "to the client");
  } catch (const posix::Fault&) {
    // It left; the exit code tells whoever is still there.
  }
}

void seal(Session& session, bool sandbox, const stream::Trace& trace) {
  if (!sandbox) return trace.note("sandbox: off");
  if (session.secured != nullptr) session.secured->seal();
  trace.note("sandbox: " + stream::enter_sandbox());
}

void end_tunnel(Session& session, const Options& options) {
  session.stream.reset();
  if (session.tunnel == 0) return;
  const std::string how =
      stream::reap(session.tunnel, std::chrono::steady_clock::now() + farewell).how;
  if (!how.empty() && options.debug)
    std::fprintf(stderr, "imap-connect: %s: command %s\n", options.side.c_str(),
                 how.c_str());
}

int report(const Options& options, const posix::Fault& fault) {
  // With a program, that tells the user; it knows about which mailbox.
  if (options.program == nullptr || options.debug)
    std::fprintf(stderr, "imap-connect: %s: %s\n", options.side.c_str(), fault.what());
  return fault.status;
}

Orders take_orders(const Options& options) {
  Orders orders;
  try {
    become_private();
    orders.settings = read_settings(options);
  } catch (const posix::Fault& fault) {
    orders.fault = fault;
  }
  return orders;
}

int serve(const Options& options, Orders orders, stream::Client client, bool wait) {
  ::signal(SIGPIPE, SIG_IGN);
  if (orders.settings.persist.count() > 0) refuse_direct(client);
  stream::Trace trace{options.debug ? options.side : std::string{}};
  Session session;
  Early early{client.in};
  stream::Start start;
  std::optional<EndsWithProgram> bound; // until the program has said something
  try {
    // A session that was kept suits or not by what the client says first.
    const bool at_once =
        wait && options.at_once && !orders.fault && orders.settings.persist.count() == 0;
    if (wait && !at_once) await_client(client.in, for_ever);
    if (orders.fault) throw posix::Fault{*orders.fault};
    if (const auto status = serve_kept(options, orders, client, early, trace))
      return *status;
    const auto commands = [&] {
      std::string octets = early.commands();
      start.conversation.sent(octets);
      return octets;
    };
    Customer customer{commands, {}, {client.out}};
    if (at_once) {
      bound.emplace(client.in);
      customer.await = [&] {
        if (!await_client(client.in, server_patience)) return false;
        bound.reset();
        return true;
      };
    }
    try {
      connect_side(orders.settings, trace, customer, session);
    } catch (const Late&) {
      end_tunnel(session, options);
      session = Session{};
      await_client(client.in, for_ever);
      bound.reset();
      customer.await = {};
      connect_side(orders.settings, trace, customer, session);
    }
  } catch (const Unwanted&) {
    end_tunnel(session, options);
    return 0;
  } catch (const posix::Fault& fault) {
    // The program reads our answer after its first words, which need us to be there.
    if (bound && !speaks(client.in)) return 0;
    tell(client, stream::bye(fault));
    return report(options, fault);
  }
  try {
    seal(session, orders.settings.sandbox, trace);
    start.greeting = stream::preauth_greeting(session.login.capabilities);
    start.to_client = std::move(session.login.rest);
    start.to_server = early.take();
    stream::RelayOptions relaying;
    relaying.idle = orders.settings.idle_timeout;
    relaying.compress =
        orders.settings.compress == Compress::automatic && session.tunnel == 0 &&
        stream::has_capability(session.login.capabilities, "COMPRESS=DEFLATE");
    const bool only_octets = session.secured == nullptr && !session.compressed &&
                             !relaying.compress && relaying.idle.count() == 0 && !trace;
    if (!only_octets) refuse_direct(client);
    relaying.part = [&] {
      ::close(client.in);
      ::close(client.out);
    };
    stream::relay(client, session.stream, std::move(start), relaying, trace);
  } catch (const posix::Fault& fault) {
    return report(options, fault);
  }
  end_tunnel(session, options);
  return 0;
}
