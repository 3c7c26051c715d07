// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/relay.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/dial.h"
#include "stream/handover.h"
#include "stream/late_compression.h"
#include "stream/relay_buffer.h"

namespace stream {

namespace {

/// Once the client is gone, the server gets this long to take the rest of what it wrote;
/// and once it has written its last, to begin with the next answer.
constexpr std::chrono::seconds linger{10};

/// Both directions and how far each has come.
class Relay {
 public:
  Relay(const Client& client, std::unique_ptr<Stream>& server, Start start,
        const RelayOptions& options, Trace& trace)
      : client_{client}, server_{server}, trace_{trace}, options_{options},
        idle_{options.idle}, conversation_{std::move(start.conversation)},
        compression_{options.compress}, handover_{client.direct},
        down_{start.greeting + start.to_client}, up_{std::move(start.to_server)} {
    conversation_.received(start.to_client);
    conversation_.sent(up_.rest());
    trace_.sent(up_.rest());
  }

  void run() {
    while (!over()) {
      bool moved = pump_down();
      moved = pump_up() || moved;
      if (!compression_.off()) consider_compression();
      if (moved || over()) continue;
      // What the client wrote before it asked has been read by now.
      if (handover_.wanted() && down_.empty() && up_.empty() && !server_ended_ &&
          !client_gone_) {
        if (!handover_.give(*server_)) continue;
        return handover_.stand_by(*server_, client_.in, options_.part);
      }
      wait();
    }
    if (failure_) throw posix::Fault{*failure_};
  }

 private:
  /// The server has ended and the client has all of it; or nobody reads, and the server
  /// has all that the client wrote.
  bool over() const {
    return (server_ended_ && (down_.empty() || client_gone_)) ||
           (client_gone_ && finished_);
  }

  void consider_compression();
  void ask_for_compression();
  bool read_answer();
  void measure(std::chrono::nanoseconds time);

  bool pump_down();
  bool pump_up();
  /// Nothing of the client's is sent now: compression is about to begin.
  bool kept_back() const {
    return compression_.asked() ||
           (compression_.wanted() && conversation_.between_commands());
  }
  /// The client has written its last, and nothing is gained by keeping that back: all is
  /// answered, or nothing complete is asked, or nobody would read the answer. Not while
  /// messages are made: until we end, somebody may wait to know that they are there.
  bool may_finish() const {
    return conversation_.pending() == 0 || impatient_ ||
           (!conversation_.makes_messages() &&
            (!conversation_.between_commands() || client_gone_));
  }
  /// The client will read from it itself. It may have to be read before it takes what it
  /// was sent.
  bool leaves_server() const { return handover_.wanted() && up_.empty(); }
  bool write_down();
  bool read_up();
  void server_failed(const posix::Fault& fault);
  void server_refused(const posix::Fault& fault);
  void wait();

  /// How long wait() may wait; negative: for ever.
  std::chrono::seconds patience() const;
  void out_of_patience();
  [[noreturn]] void give_up(const std::string& why);

  Client client_;
  std::unique_ptr<Stream>& server_;
  Trace& trace_;
  const RelayOptions& options_;
  std::chrono::seconds idle_;
  Conversation conversation_;
  LateCompression compression_;
  Handover handover_;
  RelayBuffer down_, up_;
  bool server_ended_ = false; ///< end of file or failure of the server's side
  bool client_ended_ = false; ///< end of file on client_.in
  bool client_gone_ = false;  ///< nobody reads client_.out any more
  bool unflushed_ = false;
  bool impatient_ = false; ///< the server is silent: tell it that we are at the end
  bool finished_ = false;  ///< the server was told that we are at the end
  std::optional<posix::Fault> failure_;
};

/// Nothing more can be read from the server.
void Relay::server_failed(const posix::Fault& fault) {
  server_ended_ = true;
  // A server that closes behind its answer to LOGOUT may well reset the connection, when
  // it is told of the end: nothing is lost.
  const bool all_said = finished_ && conversation_.pending() == 0;
  if (!failure_ && !all_said) failure_ = fault;
}

/// Nothing more can be written to the server; its last words may still be on their way.
void Relay::server_refused(const posix::Fault& fault) {
  up_.discard();
  unflushed_ = false;
  client_ended_ = finished_ = true;
  if (!failure_) failure_ = fault;
}

bool Relay::write_down() {
  if (client_gone_) {
    down_.discard();
    return true;
  }
  const ssize_t n = ::write(client_.out, down_.rest().data(), down_.rest().size());
  if (n >= 0) {
    down_.wrote(static_cast<std::size_t>(n));
  } else if (errno == EPIPE || errno == ECONNRESET) {
    client_gone_ = true;
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR) {
    throw posix::system_fault(EX_IOERR, "write to the client");
  }
  return true;
}

bool Relay::pump_down() {
  if (!down_.empty()) return write_down();
  if (server_ended_ || leaves_server()) return false;
  if (compression_.asked()) return read_answer();
  try {
    const ssize_t n = server_->read(down_.room(), RelayBuffer::octets);
    if (n == Stream::again) return false;
    if (n == 0) {
      server_ended_ = true;
      return true;
    }
    down_.filled(static_cast<std::size_t>(n));
  } catch (const posix::Fault& fault) {
    server_failed(fault);
    return true;
  }
  conversation_.received(down_.rest());
  compression_.down.passed(down_.rest().size());
  if (trace_) trace_.received(down_.rest());
  write_down();
  return true;
}

bool Relay::read_up() {
  const ssize_t n = ::read(client_.in, up_.room(), RelayBuffer::octets);
  if (n > 0) {
    up_.filled(static_cast<std::size_t>(n));
    const bool stop = compression_.wanted();
    up_.hold_after(conversation_.sent(up_.rest(), stop));
    compression_.up.passed(up_.rest().size());
    if (trace_) trace_.sent(up_.rest());
  } else if (n == 0 || errno == ECONNRESET) {
    client_ended_ = true;
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR) {
    throw posix::system_fault(EX_IOERR, "read from the client");
  }
  return true;
}

bool Relay::pump_up() {
  if (server_ended_ || finished_) return false;
  try {
    if (!up_.empty()) {
      const ssize_t n = server_->write(up_.rest());
      if (n == Stream::again) return false;
      up_.wrote(static_cast<std::size_t>(n));
      unflushed_ = true;
      return true;
    }
    if (kept_back()) {
      // The client has to wait.
    } else if (up_.holds()) {
      up_.release();
      up_.hold_after(conversation_.sent(up_.rest()));
      if (trace_) trace_.sent(up_.rest());
      return true;
    } else if (!client_ended_ && read_up()) {
      return true;
    }
    if (unflushed_) {
      unflushed_ = !server_->flush();
      if (unflushed_) return false;
    }
    if (!client_ended_ || kept_back() || !may_finish()) return false;
    server_->finish();
    finished_ = true;
  } catch (const posix::Fault& fault) {
    server_refused(fault);
  }
  return true;
}

std::chrono::seconds Relay::patience() const {
  if (compression_.wanted()) return LateCompression::quiet_time;
  if (client_gone_ || (client_ended_ && !finished_)) return linger;
  return idle_.count() > 0 && conversation_.pending() > 0
             ? std::min(idle_, std::chrono::seconds{1'000'000})
             : std::chrono::seconds{-1};
}

void Relay::out_of_patience() {
  if (compression_.wanted())
    compression_.forget();
  else if (client_gone_)
    finished_ = true;
  else if (client_ended_ && !finished_)
    impatient_ = true;
  else
    give_up("the server owes an answer for " + std::to_string(idle_.count()) +
            " seconds (idle-timeout)");
}

/// The client shall not think that it was the server.
void Relay::give_up(const std::string& why) {
  const std::string bye = "* BYE [UNAVAILABLE] " + why + "\r\n";
  if (down_.empty() && conversation_.between_responses() &&
      ::write(client_.out, bye.data(), bye.size()) < 0)
    client_gone_ = true;
  throw posix::Fault{EX_TEMPFAIL, why};
}

void Relay::wait() {
  pollfd fds[6];
  nfds_t count = 0;
  // No events: an error alone is of interest, that nobody reads any more.
  if (!client_gone_)
    fds[count++] = {client_.out, static_cast<short>(down_.empty() ? 0 : POLLOUT), 0};
  if (!server_ended_ && down_.empty() && !leaves_server())
    fds[count++] = server_->read_wait();
  if (!server_ended_ && (!up_.empty() || unflushed_))
    fds[count++] = server_->write_wait();
  if (!client_ended_ && up_.empty() && !kept_back())
    fds[count++] = {client_.in, POLLIN, 0};
  const nfds_t request = count;
  fds[count++] = {handover_.waits_on(), POLLIN, 0};
  if (options_.guardian >= 0 && !client_gone_) fds[count++] = {options_.guardian, 0, 0};
  const std::chrono::milliseconds most = patience();
  const auto begun = std::chrono::steady_clock::now();
  const int ready = ::poll(fds, count, static_cast<int>(most.count()));
  measure(std::chrono::steady_clock::now() - begun);
  if (ready < 0 && errno != EINTR) throw posix::system_fault(EX_OSERR, "poll");
  if (ready == 0) out_of_patience();
  if (ready <= 0) return;
  if (fds[request].revents != 0) handover_.look();
  constexpr short gone = POLLERR | POLLHUP | POLLNVAL;
  if (client_gone_) return;
  if ((fds[0].revents & gone) != 0) client_gone_ = true;
  if (options_.guardian >= 0 && (fds[count - 1].revents & gone) != 0)
    client_gone_ = client_ended_ = true;
}

void Relay::measure(std::chrono::nanoseconds time) {
  if (!compression_.measures()) return;
  if (!up_.empty())
    compression_.up.waited(time);
  else if (down_.empty() && conversation_.pending() > 0)
    compression_.down.waited(time);
}

void Relay::consider_compression() {
  compression_.consider();
  if (!compression_.wanted()) return;
  if (client_ended_ || client_gone_ || compression_.overdue())
    compression_.forget();
  else if (up_.empty() && down_.empty() && !unflushed_ && conversation_.quiet())
    ask_for_compression();
}

void Relay::ask_for_compression() {
  const std::string command = compression_.ask();
  trace_.line('>', command);
  // Nothing is under way in this direction, so a line has room.
  try {
    const std::string text = command + "\r\n";
    if (server_->write(text) != static_cast<ssize_t>(text.size()))
      throw posix::Fault{EX_IOERR, "connection lost: COMPRESS could not be sent"};
    unflushed_ = !server_->flush();
  } catch (const posix::Fault& fault) {
    server_refused(fault);
  }
}

/// Looks for the answer to COMPRESS; what comes before it is the client's.
bool Relay::read_answer() {
  std::size_t octets = 0;
  try {
    const ssize_t n = server_->read(down_.room(), RelayBuffer::octets);
    if (n == Stream::again) return false;
    if (n == 0) server_ended_ = true;
    octets = static_cast<std::size_t>(n);
  } catch (const posix::Fault& fault) {
    server_failed(fault);
  }
  LateCompression::Answer answer =
      compression_.read({down_.room(), octets}, server_ended_);
  if (!answer.line.empty()) trace_.line('<', answer.line);
  if (answer.granted)
    server_ = options_.deflate(std::move(server_), std::move(answer.compressed));
  conversation_.received(answer.client);
  down_.put(std::move(answer.client));
  return true;
}

} // namespace

void relay(const Client& client, std::unique_ptr<Stream>& server, Start start,
           const RelayOptions& options, Trace& trace) {
  // A run that is killed, all of it at once, takes along what the network has not got
  // yet: the next one would find that neither there nor under way, and send it again.
  const int socket = server->read_wait().fd;
  drop_unsent(socket, true);
  Relay{client, server, std::move(start), options, trace}.run();
  drop_unsent(socket, false);
}

} // namespace stream
