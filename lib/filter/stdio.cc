// SPDX-License-Identifier: GPL-3.0-or-later
#include "filter/stdio.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>

#include "posix/fault.h"
#include "posix/fd.h"

namespace filter {

namespace {

constexpr std::size_t chunk = std::size_t{64} << 10;

void tell(std::string_view program, std::string_view text) {
  std::string line{program};
  line.append(": ").append(text).append("\n");
  // Nothing is left to be done when standard error itself fails.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

std::optional<posix::Clock::time_point> at_once(bool now) {
  return now ? std::optional{posix::Clock::time_point{}} : std::nullopt;
}

} // namespace

Stdio::Stdio(posix::Loop& loop,
             std::function<void(const record::Reader::Item&)> on_record)
    : on_record_{std::move(on_record)}, buffer_(chunk, '\0') {
  // Standard input stays blocking: its description may be shared with others. poll(2)
  // says when one read will not wait.
  // A terminal stays blocking too: it may be our standard error as well.
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) == 0 &&
      (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
    posix::set_nonblocking(STDOUT_FILENO);
  pass(record::header);
  loop.add({STDIN_FILENO,
            [this] { return short(paused_ || backlog_ || ended_ ? 0 : POLLIN); },
            [this](short) { read(); }});
  loop.at([this] { return at_once(backlog_ && !held_); }, [this] { deliver(); });
  loop.add({STDOUT_FILENO, [this] { return short(out_.empty() ? 0 : POLLOUT); },
            [this](short) { write(); }});
}

bool Stdio::drained() const {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return !backlog_ && (ended_ || ::poll(&input, 1, 0) == 0);
}

void Stdio::read() {
  std::string_view octets;
  const auto status = posix::read_some(STDIN_FILENO, buffer_, octets, "standard input");
  if (status == posix::ReadStatus::some) {
    reader_.feed(octets);
    deliver();
  } else if (status == posix::ReadStatus::end) {
    ended_ = true;
  }
}

void Stdio::deliver() {
  while (!held_) {
    const auto item = reader_.next();
    if (!item) break;
    on_record_(*item);
  }
  backlog_ = held_ && reader_.pending();
}

void Stdio::write() {
  if (!out_.write_some(STDOUT_FILENO, "standard output"))
    throw posix::BrokenPipe{"nobody reads standard output"};
}

void Stdio::flush() {
  posix::set_nonblocking(STDOUT_FILENO, false);
  write();
}

void Stdio::close() {
  flush();
  if (::close(STDOUT_FILENO) != 0) throw posix::system_fault(EX_IOERR, "standard output");
}

int run_main(std::string_view program, const std::function<int()>& body) {
  posix::hold_standard_descriptors();
  // EPIPE and EFBIG (of ulimit -f) are told like other faults of a write.
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for these
  std::signal(SIGXFSZ, SIG_IGN); // NOLINT(cert-err33-c)
  try {
    return body();
  } catch (const posix::BrokenPipe& fault) {
    return fault.status;
  } catch (const posix::Fault& fault) {
    tell(program, fault.what());
    return fault.status;
  } catch (const record::Malformed& fault) {
    tell(program, std::string{"standard input: "} + fault.what());
    return EX_DATAERR;
  } catch (const record::Truncated&) {
    return posix::exit_truncated;
  } catch (const std::bad_alloc&) {
    tell(program, "out of memory");
    return EX_TEMPFAIL;
  } catch (const std::exception& fault) {
    tell(program, std::string{"bug: "} + fault.what());
    return EX_SOFTWARE;
  }
}

} // namespace filter
