// SPDX-License-Identifier: GPL-3.0-or-later
// The bench's remote link: passes TCP connections on to a port of 127.0.0.1, adds a
// round-trip time without limiting the rate, and counts what crosses.
//
//   relay PORT     prints the port it listens on; then reads commands from stdin:
//   rtt MS         round-trip time of connections accepted from now on
//   take           prints "connections turns octets-up octets-down", and starts anew
//
// A turn is an answer (or the greeting) that reached the client after it had last spoken:
// what a client that waits for it pays one round trip for. The TCP handshake, which
// loopback gives for nothing, is made to take its time too, but isn't counted.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// What one direction may hold: far above 10 Gbit/s times half a second's round trip.
constexpr std::size_t window = std::size_t{64} << 20;

struct Counters {
  unsigned long connections = 0, turns = 0, up = 0, down = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(71);
}

struct Chunk {
  Time due;
  std::string octets;
};

/// One direction of a connection.
struct Lane {
  int from = -1, to = -1;
  std::deque<Chunk> queue;
  std::size_t queued = 0, sent = 0; // sent: octets of the first chunk already written
  Time eof_due;
  bool readable = false, blocked = false, eof_read = false, eof_sent = false;

  Time next() const {
    if (blocked || eof_sent || to < 0) return Time::max();
    if (!queue.empty()) return queue.front().due;
    return eof_read ? eof_due : Time::max();
  }
};

struct Link {
  Lane up, down;
  Time established; // when the handshake would be over, as the client sees it
  Clock::duration delay;
  bool connected = false;
  bool spoke = false;    // the client has, since the last turn
  bool answered = false; // anything was delivered to the client yet
};

class Relay {
 public:
  explicit Relay(std::uint16_t port) : port_{port}, scratch_(256 << 10) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in any = loopback(0);
    socklen_t size = sizeof any;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&any), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size) != 0)
      fail("listen");
    std::printf("%u\n", ntohs(any.sin_port));
    std::fflush(stdout);
    watch(listener_, EPOLLIN, &listener_);
    watch(STDIN_FILENO, EPOLLIN, &epoll_);
  }

  void run() {
    for (bool more = true; more;) {
      epoll_event events[64];
      const int n = epoll_pwait2(epoll_, events, 64, timeout(), nullptr);
      if (n < 0 && errno != EINTR) fail("epoll");
      bool asked = false;
      for (int i = 0; i < n; ++i) {
        if (events[i].data.ptr == &listener_)
          accept_all();
        else if (events[i].data.ptr == &epoll_)
          asked = true;
        else
          ready(*static_cast<Lane*>(events[i].data.ptr), events[i].events);
      }
      turn_clock();
      // Commands come after all traffic that is already there.
      if (asked && n == 1) more = command();
    }
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }

  void watch(int fd, std::uint32_t events, void* tag) {
    epoll_event e{};
    e.events = events;
    e.data.ptr = tag;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) != 0) fail("epoll_ctl");
  }

  timespec* timeout() {
    Time next = Time::max();
    for (const auto& link : links_) {
      if (!link->connected) next = std::min(next, server_time(*link));
      if (may_read(*link, link->up) || may_read(*link, link->down)) next = Time::min();
      next = std::min({next, link->up.next(), link->down.next()});
    }
    if (next == Time::max()) return nullptr;
    const Time now = Clock::now();
    const auto left = next > now ? next - now : Clock::duration::zero();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timeout_.tv_sec = seconds.count();
    timeout_.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
    return &timeout_;
  }

  /// When the last packet of the handshake reaches the server.
  static Time server_time(const Link& link) { return link.established + link.delay; }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      ++total_.connections;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto link = std::make_unique<Link>();
      link->delay = rtt_ / 2;
      link->established = Clock::now() + rtt_;
      link->up.from = link->down.to = fd;
      // One registration per descriptor, edge-triggered, tagged with the lane it feeds.
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &link->up);
      links_.push_back(std::move(link));
    }
  }

  void connect_server(Link& link) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in to = loopback(port_);
    link.connected = true;
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      std::perror("relay: connect");
      link.up.eof_sent = link.up.eof_read = link.down.eof_read = true;
      link.down.eof_due = Clock::now();
      return;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    link.up.to = link.down.from = fd;
    watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &link.down);
  }

  Link& owner(const Lane& lane) {
    for (auto& link : links_)
      if (&link->up == &lane || &link->down == &lane) return *link;
    std::abort();
  }

  void ready(Lane& lane, std::uint32_t events) {
    Link& link = owner(lane);
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) lane.readable = true;
    Lane& other = &lane == &link.up ? link.down : link.up;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) other.blocked = false;
  }

  static bool may_read(const Link& link, const Lane& lane) {
    return lane.readable && !lane.eof_read && lane.queued < limit(link);
  }

  /// One read at a time, so that no lane starves another.
  void read_lane(Link& link, Lane& lane) {
    const ssize_t n = read(lane.from, scratch_.data(), scratch_.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      lane.readable = false;
      return;
    }
    const bool up = &lane == &link.up;
    const Time start = up ? std::max(Clock::now(), link.established) : Clock::now();
    if (n <= 0) {
      lane.eof_read = true;
      lane.eof_due = start + link.delay;
      return;
    }
    const auto size = static_cast<std::size_t>(n);
    (up ? total_.up : total_.down) += size;
    if (up) link.spoke = true;
    std::size_t done = 0;
    if (link.delay == Clock::duration::zero() && lane.queue.empty() && lane.to >= 0)
      done = deliver(link, lane, scratch_.data(), size);
    if (done == size) return;
    lane.queue.push_back({start + link.delay, {scratch_.data() + done, size - done}});
    lane.queued += size - done;
  }

  /// Without a delay the queue need not stand for octets in flight.
  static std::size_t limit(const Link& link) {
    return link.delay == Clock::duration::zero() ? 1 << 20 : window;
  }

  std::size_t deliver(Link& link, Lane& lane, const char* octets, std::size_t size) {
    ssize_t n = send(lane.to, octets, size, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      n = static_cast<ssize_t>(size); // gone
    if (n < static_cast<ssize_t>(size)) lane.blocked = true;
    if (n <= 0) return 0;
    if (&lane == &link.down && !link.up.eof_read) {
      if (link.spoke || !link.answered) ++total_.turns;
      link.spoke = false;
      link.answered = true;
    }
    return static_cast<std::size_t>(n);
  }

  void write_lane(Link& link, Lane& lane, Time now) {
    while (!lane.queue.empty() && lane.queue.front().due <= now && !lane.blocked) {
      Chunk& chunk = lane.queue.front();
      const std::size_t left = chunk.octets.size() - lane.sent;
      const std::size_t n = deliver(link, lane, chunk.octets.data() + lane.sent, left);
      lane.queued -= n;
      lane.sent += n;
      if (lane.sent < chunk.octets.size()) break;
      lane.queue.pop_front();
      lane.sent = 0;
    }
    if (lane.queue.empty() && lane.eof_read && !lane.eof_sent && lane.eof_due <= now) {
      shutdown(lane.to, SHUT_WR);
      lane.eof_sent = true;
    }
  }

  void turn_clock() {
    const Time now = Clock::now();
    for (std::size_t i = 0; i < links_.size();) {
      Link& link = *links_[i];
      if (!link.connected && server_time(link) <= now) connect_server(link);
      for (Lane* lane : {&link.up, &link.down}) {
        if (may_read(link, *lane)) read_lane(link, *lane);
        if (lane->to >= 0 && !lane->eof_sent) write_lane(link, *lane, now);
      }
      if (link.up.eof_sent && link.down.eof_sent) {
        close(link.up.from);
        if (link.up.to >= 0) close(link.up.to);
        links_.erase(links_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  /// Whole lines at once, as a pipe delivers them.
  bool command() {
    char text[256];
    const ssize_t n = read(STDIN_FILENO, text, sizeof text);
    std::istringstream words(std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0));
    for (std::string word; words >> word;) {
      if (word == "rtt") {
        int ms = 0;
        words >> ms;
        rtt_ = std::chrono::milliseconds(ms);
      } else {
        std::printf("%lu %lu %lu %lu\n", total_.connections, total_.turns, total_.up,
                    total_.down);
        std::fflush(stdout);
        total_ = {};
      }
    }
    return n > 0;
  }

  std::uint16_t port_;
  int epoll_ = -1, listener_ = -1;
  Clock::duration rtt_{};
  std::vector<char> scratch_;
  std::vector<std::unique_ptr<Link>> links_;
  Counters total_;
  timespec timeout_{};
};

} // namespace

int main(int argc, char** argv) {
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  if (port < 1 || port > 65535) {
    std::fputs("usage: relay PORT\n", stderr);
    return 64;
  }
  std::signal(SIGPIPE, SIG_IGN);
  Relay(static_cast<std::uint16_t>(port)).run();
}
