// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "posix/fault.h"

namespace stream {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// RFC 8305 section 5, the recommended Connection Attempt Delay.
constexpr milliseconds attempt_delay{250};

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddrinfo>;

bool bracketed(const std::string& host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']';
}

Addresses look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  std::string name = host;
  if (bracketed(host)) {
    name = host.substr(1, host.size() - 2);
    hints.ai_flags = AI_NUMERICHOST;
  }
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(name.c_str(), port.c_str(), &hints, &found);
  if (error == 0) return Addresses{found};
  const std::string why = error == EAI_SYSTEM ? std::strerror(errno) // NOLINT
                                              : ::gai_strerror(error);
  if (error == EAI_SERVICE)
    throw posix::Fault{EX_CONFIG, "port " + port + ": services(5) has no such service"};
  if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_FAIL ||
      error == EAI_ADDRFAMILY)
    throw posix::Fault{EX_NOHOST, "unknown host " + host + ": " + why};
  throw posix::Fault{EX_TEMPFAIL, "cannot look up host " + host + ": " + why};
}

/// Families alternate, beginning with the one that the resolver prefers.
std::vector<const addrinfo*> in_turn(const addrinfo* list) {
  std::vector<const addrinfo*> first, second, turns;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next)
    (a->ai_family == list->ai_family ? first : second).push_back(a);
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) turns.push_back(first[i]);
    if (i < second.size()) turns.push_back(second[i]);
  }
  return turns;
}

std::string numeric(const addrinfo& a) {
  char text[NI_MAXHOST];
  if (::getnameinfo(a.ai_addr, a.ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return "?";
  return text;
}

struct Attempt {
  posix::Fd socket;
  std::string address;
  steady_clock::time_point since;
};

/// The attempts under way, all non-blocking, and why the others failed.
class Race {
 public:
  void start(const addrinfo& a) {
    Attempt attempt{
        posix::Fd{::socket(a.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                           a.ai_protocol)},
        numeric(a), steady_clock::now()};
    tried_.push_back(attempt.address);
    if (!attempt.socket) return lost(attempt, errno);
    if (::connect(attempt.socket.get(), a.ai_addr, a.ai_addrlen) != 0 &&
        errno != EINPROGRESS)
      return lost(attempt, errno);
    running_.push_back(std::move(attempt));
  }

  bool idle() const { return running_.empty(); }

  /// Waits for the first to come up; nullopt when the time is over or one failed.
  std::optional<Dialled> wait(Deadline until) {
    std::vector<pollfd> fds;
    for (const Attempt& a : running_) fds.push_back({a.socket.get(), POLLOUT, 0});
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (::poll(fds.data(), fds.size(),
               static_cast<int>(std::clamp<long>(left.count(), 0, 3'600'000))) <= 0)
      return std::nullopt;
    for (std::size_t i = fds.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return won(running_[i]);
      lost(running_[i], error);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return std::nullopt;
  }

  std::string failures(bool timed_out) const {
    std::string text = failures_;
    if (timed_out)
      for (const Attempt& a : running_)
        text += (text.empty() ? "" : "; ") + a.address + ": timed out";
    return text.empty() ? "timed out" : text;
  }

 private:
  void lost(const Attempt& attempt, int error) {
    failures_ += (failures_.empty() ? "" : "; ") + attempt.address + ": " +
                 std::strerror(error); // NOLINT(concurrency-mt-unsafe)
  }
  Dialled won(Attempt& attempt) {
    return {std::move(attempt.socket), attempt.address, tried_,
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() -
                                                                  attempt.since)};
  }

  std::vector<Attempt> running_;
  std::vector<std::string> tried_;
  std::string failures_;
};

/// Commands are small and answered one by one: never wait to fill a segment. A peer that
/// vanished is noticed by keep-alives.
void tune(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

} // namespace

Dialled dial(const std::string& host, const std::string& port, Deadline deadline) {
  return dial(look_up(host, port).get(), host + " port " + port, deadline);
}

Dialled dial(const addrinfo* addresses, const std::string& where, Deadline deadline) {
  const std::vector<const addrinfo*> turns = in_turn(addresses);
  Race race;
  std::size_t next = 0;
  Deadline start_next = steady_clock::now();
  while (steady_clock::now() < deadline && (next < turns.size() || !race.idle())) {
    if (next < turns.size() && (race.idle() || steady_clock::now() >= start_next)) {
      race.start(*turns[next++]);
      start_next = steady_clock::now() + attempt_delay;
      if (race.idle()) continue;
    }
    std::optional<Dialled> up =
        race.wait(next < turns.size() ? std::min(start_next, deadline) : deadline);
    if (!up) continue;
    tune(up->socket.get());
    return std::move(*up);
  }
  throw posix::Fault{EX_TEMPFAIL,
                     "cannot connect to " + where + ": " + race.failures(!race.idle())};
}

void drop_unsent(int socket, bool on) {
  const linger at_once{on ? 1 : 0, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

std::vector<std::string> resolve(const std::string& host, const std::string& port) {
  const Addresses list = look_up(host, port);
  std::vector<std::string> addresses;
  for (const addrinfo* a : in_turn(list.get())) addresses.push_back(numeric(*a));
  return addresses;
}

} // namespace stream
