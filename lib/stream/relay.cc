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
#include "stream/link_meter.h"

namespace stream {

namespace {

/// Large enough that a body of 40 kB passes in one read and one write.
constexpr std::size_t buffer_octets = 128 * 1024;

/// Once the client is gone, the server gets this long to take the rest of what it wrote;
/// and once it has written its last, to begin with the next answer.
constexpr std::chrono::seconds linger{10};

/// How long the client is kept back for the server to answer all; an IDLE would do so for
/// ever. And how often that is tried.
constexpr std::chrono::seconds quiet_time{2};
constexpr int max_tries = 3;

/// One direction: it is read into only when all that was read before has been written, so
/// that nothing is ever moved about in memory.
class Buffer {
 public:
  explicit Buffer(std::string first) : first_{std::move(first)}, rest_{first_} {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void wrote(std::size_t octets) { rest_.remove_prefix(octets); }
  void discard() { rest_ = {}; }
  char* room() { return octets_.get(); }
  void filled(std::size_t octets) { rest_ = {octets_.get(), octets}; }
  /// Octets from elsewhere, when all is written.
  void put(std::string octets) {
    first_ = std::move(octets);
    rest_ = first_;
  }
  /// Keeps back all but the first `octets` of the rest, until release().
  void hold_after(std::size_t octets) {
    held_ = rest_.substr(octets);
    rest_ = rest_.substr(0, octets);
  }
  bool holds() const { return !held_.empty(); }
  void release() { rest_ = std::exchange(held_, {}); }

 private:
  std::string first_;
  std::string_view rest_, held_;
  std::unique_ptr<char[]> octets_{new char[buffer_octets]};
};

/// Both directions and how far each has come.
class Relay {
 public:
  Relay(const Client& client, std::unique_ptr<Stream>& server, Start start,
        const RelayOptions& options, Trace& trace)
      : client_{client}, server_{server}, trace_{trace}, options_{options},
        idle_{options.idle}, conversation_{std::move(start.conversation)},
        down_{start.greeting + start.to_client}, up_{std::move(start.to_server)},
        compression_{options.compress ? Compression::possible : Compression::off} {
    conversation_.received(start.to_client);
    conversation_.sent(up_.rest());
    trace_.sent(up_.rest());
  }

  void run() {
    while (!over()) {
      bool moved = pump_down();
      moved = pump_up() || moved;
      if (compression_ != Compression::off) consider_compression();
      if (!moved && !over()) wait();
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

  /// off: it is on, or not to be; wanted: the client is kept back at the end of a command
  /// until the server has answered all; asked: COMPRESS is under way.
  enum class Compression { off, possible, wanted, asked };
  void consider_compression();
  void want_compression();
  void ask_for_compression();
  void forget_compression();
  bool read_answer();
  void begin_compression(const std::string& status, std::string rest);
  void measure(std::chrono::nanoseconds time);

  bool pump_down();
  bool pump_up();
  /// Nothing of the client's is sent now: compression is about to begin.
  bool kept_back() const {
    return compression_ == Compression::asked ||
           (compression_ == Compression::wanted && conversation_.between_commands());
  }
  /// The client has written its last, and nothing is gained by keeping that back: all is
  /// answered, or nothing complete is asked, or nobody would read the answer.
  bool may_finish() const {
    return conversation_.pending() == 0 || !conversation_.between_commands() ||
           client_gone_ || impatient_;
  }
  bool write_down();
  bool read_up();
  void server_failed(const posix::Fault& fault);
  void server_refused(const posix::Fault& fault);
  void wait();

  /// How long wait() may wait; negative: for ever.
  std::chrono::seconds patience() const;
  void out_of_patience();

  Client client_;
  std::unique_ptr<Stream>& server_;
  Trace& trace_;
  const RelayOptions& options_;
  std::chrono::seconds idle_;
  Conversation conversation_;
  Buffer down_, up_;
  bool server_ended_ = false; ///< end of file or failure of the server's side
  bool client_ended_ = false; ///< end of file on client_.in
  bool client_gone_ = false;  ///< nobody reads client_.out any more
  bool unflushed_ = false;
  bool impatient_ = false; ///< the server is silent: tell it that we are at the end
  bool finished_ = false;  ///< the server was told that we are at the end
  std::optional<posix::Fault> failure_;

  Compression compression_;
  LinkMeter down_meter_, up_meter_;
  std::chrono::steady_clock::time_point give_up_; ///< if wanted
  int tries_ = 0;
  std::string answer_; ///< what the server said since COMPRESS was asked for
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
  if (server_ended_) return false;
  if (compression_ == Compression::asked) return read_answer();
  try {
    const ssize_t n = server_->read(down_.room(), buffer_octets);
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
  down_meter_.passed(down_.rest().size());
  if (trace_) trace_.received(down_.rest());
  write_down();
  return true;
}

bool Relay::read_up() {
  const ssize_t n = ::read(client_.in, up_.room(), buffer_octets);
  if (n > 0) {
    up_.filled(static_cast<std::size_t>(n));
    const bool stop = compression_ == Compression::wanted;
    up_.hold_after(conversation_.sent(up_.rest(), stop));
    up_meter_.passed(up_.rest().size());
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
  if (compression_ == Compression::wanted) return quiet_time;
  if (client_gone_ || (client_ended_ && !finished_)) return linger;
  return idle_.count() > 0 && conversation_.pending() > 0
             ? std::min(idle_, std::chrono::seconds{1'000'000})
             : std::chrono::seconds{-1};
}

void Relay::out_of_patience() {
  if (compression_ == Compression::wanted)
    forget_compression();
  else if (client_gone_)
    finished_ = true;
  else if (client_ended_ && !finished_)
    impatient_ = true;
  else
    throw posix::Fault{EX_TEMPFAIL, "the server owes an answer for " +
                                        std::to_string(idle_.count()) +
                                        " seconds (idle-timeout)"};
}

void Relay::wait() {
  pollfd fds[5];
  nfds_t count = 0;
  // No events: an error alone is of interest, that nobody reads any more.
  if (!client_gone_)
    fds[count++] = {client_.out, static_cast<short>(down_.empty() ? 0 : POLLOUT), 0};
  if (!server_ended_ && down_.empty()) fds[count++] = server_->read_wait();
  if (!server_ended_ && (!up_.empty() || unflushed_))
    fds[count++] = server_->write_wait();
  if (!client_ended_ && up_.empty() && !kept_back())
    fds[count++] = {client_.in, POLLIN, 0};
  if (options_.guardian >= 0 && !client_gone_) fds[count++] = {options_.guardian, 0, 0};
  const std::chrono::milliseconds most = patience();
  const auto begun = std::chrono::steady_clock::now();
  const int ready = ::poll(fds, count, static_cast<int>(most.count()));
  measure(std::chrono::steady_clock::now() - begun);
  if (ready < 0 && errno != EINTR) throw posix::system_fault(EX_OSERR, "poll");
  if (ready == 0) out_of_patience();
  if (ready <= 0) return;
  constexpr short gone = POLLERR | POLLHUP | POLLNVAL;
  if (client_gone_) return;
  if ((fds[0].revents & gone) != 0) client_gone_ = true;
  if (options_.guardian >= 0 && (fds[count - 1].revents & gone) != 0)
    client_gone_ = client_ended_ = true;
}

void Relay::measure(std::chrono::nanoseconds time) {
  if (compression_ != Compression::possible) return;
  if (!up_.empty())
    up_meter_.waited(time);
  else if (down_.empty() && conversation_.pending() > 0)
    down_meter_.waited(time);
}

void Relay::consider_compression() {
  if (compression_ == Compression::possible && (up_meter_.slow() || down_meter_.slow()))
    want_compression();
  if (compression_ != Compression::wanted) return;
  if (client_ended_ || client_gone_ || std::chrono::steady_clock::now() >= give_up_)
    forget_compression();
  else if (up_.empty() && down_.empty() && !unflushed_ && conversation_.quiet())
    ask_for_compression();
}

void Relay::want_compression() {
  compression_ = Compression::wanted;
  give_up_ = std::chrono::steady_clock::now() + quiet_time;
}

/// Not now; perhaps later.
void Relay::forget_compression() {
  up_meter_.reset();
  down_meter_.reset();
  compression_ = ++tries_ < max_tries ? Compression::possible : Compression::off;
}

void Relay::ask_for_compression() {
  const std::string command = std::string{compress_tag} + " COMPRESS DEFLATE";
  trace_.line('>', command);
  compression_ = Compression::asked;
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
  try {
    const ssize_t n = server_->read(down_.room(), buffer_octets);
    if (n == Stream::again) return false;
    if (n == 0) server_ended_ = true;
    answer_.append(down_.room(), static_cast<std::size_t>(n));
  } catch (const posix::Fault& fault) {
    server_failed(fault);
  }
  std::string before;
  for (std::size_t end = 0; (end = answer_.find('\n')) != answer_.npos;) {
    const std::string line = answer_.substr(0, end + 1);
    answer_.erase(0, end + 1);
    if (line.starts_with(std::string{compress_tag} + " ")) {
      trace_.line('<', line.substr(0, line.find_last_not_of("\r\n") + 1));
      begin_compression(line.substr(compress_tag.size() + 1, 2),
                        std::exchange(answer_, {}));
      break;
    }
    before += line;
  }
  if (server_ended_ || compression_ == Compression::off)
    before += std::exchange(answer_, {});
  conversation_.received(before);
  down_.put(std::move(before));
  return true;
}

void Relay::begin_compression(const std::string& status, std::string rest) {
  compression_ = Compression::off;
  if (status == "OK")
    server_ = options_.deflate(std::move(server_), std::move(rest));
  else
    answer_ = std::move(rest);
}

} // namespace

void relay(const Client& client, std::unique_ptr<Stream>& server, Start start,
           const RelayOptions& options, Trace& trace) {
  Relay{client, server, std::move(start), options, trace}.run();
}

} // namespace stream
