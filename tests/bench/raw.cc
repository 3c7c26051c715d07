// SPDX-License-Identifier: GPL-3.0-or-later
// The limit of what a client can reach, without state, checks or retries. Understands
// Dovecot's replies only.
//
//   raw copy SOURCE TARGET      streams all messages of one INBOX into another, one FETCH
//                               into pipelined APPENDs (MULTIAPPEND, LITERAL+)
//   raw list SIDE SIDE          asks both for LIST-STATUS
//   raw fetch SIDE COMMAND      says COMMAND (such as NOOP, or LOGIN), fetches all of
//   INBOX
//
// each PORT:USER:PASSWORD on 127.0.0.1, or a tunnel's command line.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;
constexpr std::size_t batch_octets = std::size_t{4} << 20;

[[noreturn]] void fail(std::string_view what) {
  std::fprintf(stderr, "raw: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(76);
}

int dial(const std::string& where, std::string& login) {
  const auto user = where.find(':');
  if (user == std::string::npos) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
    if (fork() == 0) {
      dup2(pair[1], 0);
      dup2(pair[1], 1);
      execl("/bin/sh", "sh", "-c", ("exec " + where).c_str(), nullptr);
      _exit(127);
    }
    close(pair[1]);
    return pair[0];
  }
  const auto password = where.find(':', user + 1);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where)));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) fail("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  login = "a LOGIN " + where.substr(user + 1, password - user - 1) + ' ' +
          where.substr(password + 1) + "\r\n";
  return fd;
}

/// A session; what is to be sent is appended to `out`, what has come is in `in`.
struct Session {
  int fd;
  std::string out, in;
  std::size_t sent = 0, used = 0;

  Session(const std::string& where, std::string_view commands) {
    fd = dial(where, out);
    out += commands;
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  std::string_view fresh() const { return std::string_view(in).substr(used); }
  void write_some() {
    const ssize_t n = send(fd, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) fail("write");
    if (n > 0) sent += static_cast<std::size_t>(n);
    if (sent == out.size()) {
      out.clear();
      sent = 0;
    }
  }
  void read_some() {
    in.erase(0, used);
    used = 0;
    const auto had = in.size();
    in.resize(had + buffer_size / 4);
    const ssize_t n = read(fd, in.data() + had, buffer_size / 4);
    if (n == 0 || (n < 0 && errno != EAGAIN)) fail("connection lost");
    in.resize(had + (n > 0 ? static_cast<std::size_t>(n) : 0));
  }
  bool line(std::string_view& text) {
    const auto end = fresh().find("\r\n");
    if (end == std::string_view::npos) return false;
    text = fresh().substr(0, end);
    used += end + 2;
    return true;
  }
};

std::string_view between(std::string_view text, std::string_view from, char to) {
  const auto start = text.find(from) + from.size();
  return text.substr(start, text.find(to, start) - start);
}

class Copy {
 public:
  Copy(const std::string& source, const std::string& target)
      : from_{source, "b SELECT INBOX\r\n"
                      "c UID FETCH 1:4294967295 (FLAGS INTERNALDATE BODY.PEEK[])\r\n"},
        to_{target, ""} {}

  void run() {
    while (!fetched_ || answered_ < batches_) {
      const bool room = to_.out.size() < buffer_size;
      pollfd p[2] = {{from_.fd, events(from_, room), 0}, {to_.fd, events(to_, true), 0}};
      if (poll(p, 2, -1) < 0) fail("poll");
      if (p[0].revents & POLLIN) from_.read_some();
      if (p[1].revents & POLLIN) to_.read_some();
      while (room && advance()) {
      }
      replies();
      for (Session* s : {&from_, &to_})
        if (!s->out.empty()) s->write_some();
    }
  }

 private:
  static short events(const Session& s, bool read) {
    return static_cast<short>((read ? POLLIN : 0) | (s.out.empty() ? 0 : POLLOUT));
  }

  bool advance() {
    if (left_ > 0) {
      const auto part = from_.fresh().substr(0, left_);
      to_.out += part;
      from_.used += part.size();
      left_ -= part.size();
      return !part.empty();
    }
    std::string_view text;
    if (!from_.line(text)) return false;
    if (text.ends_with('}'))
      append(text);
    else if (text.starts_with("c ")) {
      if (!text.starts_with("c OK")) fail(text);
      fetched_ = true;
      end_batch();
    }
    return true;
  }

  void append(std::string_view text) {
    const auto size = between(text, "{", '}');
    std::from_chars(size.data(), size.data() + size.size(), left_);
    std::string flags(between(text, "FLAGS (", ')'));
    if (const auto at = flags.find("\\Recent"); at != std::string::npos)
      flags.erase(at, 7);
    while (!flags.empty() && flags.back() == ' ') flags.pop_back();
    if (batch_ >= batch_octets) end_batch();
    if (batch_ == 0) to_.out += "d APPEND INBOX";
    to_.out += " (" + flags + ") \"";
    to_.out += between(text, "INTERNALDATE \"", '"');
    to_.out += "\" {";
    to_.out += size;
    to_.out += "+}\r\n";
    batch_ += left_;
  }

  void end_batch() {
    if (batch_ == 0) return;
    to_.out += "\r\n";
    batch_ = 0;
    ++batches_;
  }

  void replies() {
    std::string_view text;
    while (to_.line(text)) {
      if (!text.starts_with("d ")) continue;
      if (!text.starts_with("d OK")) fail(text);
      ++answered_;
    }
  }

  Session from_, to_;
  std::size_t left_ = 0, batch_ = 0;
  unsigned batches_ = 0, answered_ = 0;
  bool fetched_ = false;
};

/// Tagged with what no line of a body begins with.
void fetch(const std::string& side, const std::string& first) {
  Session session{side, "a " + first +
                            "\r\nb SELECT INBOX\r\nFeTcHeD UID FETCH 1:4294967295"
                            " (UID BODY.PEEK[])\r\nd LOGOUT\r\n"};
  for (bool fetched = false; !fetched;) {
    pollfd p{session.fd, POLLIN, 0};
    if (!session.out.empty()) p.events |= POLLOUT;
    if (poll(&p, 1, -1) < 0) fail("poll");
    if (p.revents & POLLOUT) session.write_some();
    if (p.revents & (POLLIN | POLLHUP)) session.read_some();
    for (std::string_view text; session.line(text);) {
      if (text.starts_with("FeTcHeD ") && !text.starts_with("FeTcHeD OK")) fail(text);
      fetched = fetched || text.starts_with("FeTcHeD OK");
    }
  }
}

void list(const std::string& one, const std::string& other) {
  constexpr std::string_view command =
      "b LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS"
      " (UIDVALIDITY UIDNEXT HIGHESTMODSEQ MESSAGES))\r\nc LOGOUT\r\n";
  Session sessions[] = {{one, command}, {other, command}};
  for (int left = 2; left > 0;) {
    pollfd p[2];
    for (int i = 0; i < 2; ++i)
      p[i] = {sessions[i].fd,
              static_cast<short>(POLLIN | (sessions[i].out.empty() ? 0 : POLLOUT)), 0};
    if (poll(p, 2, -1) < 0) fail("poll");
    for (int i = 0; i < 2; ++i) {
      Session& s = sessions[i];
      if (p[i].revents & POLLOUT) s.write_some();
      if (p[i].revents & (POLLIN | POLLHUP)) s.read_some();
      for (std::string_view text; s.line(text);)
        if (text.starts_with("b OK")) {
          --left;
          close(std::exchange(s.fd, -1));
          break;
        }
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 4 ? argv[1] : "";
  if (what != "copy" && what != "list" && what != "fetch") {
    std::fputs("usage: raw copy|list SIDE SIDE | fetch SIDE COMMAND\n", stderr);
    return 64;
  }
  std::signal(SIGPIPE, SIG_IGN);
  if (what == "copy")
    Copy(argv[2], argv[3]).run();
  else if (what == "fetch")
    fetch(argv[2], argv[3]);
  else
    list(argv[2], argv[3]);
}
