// SPDX-License-Identifier: GPL-3.0-or-later
#include "persist.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "cli/config.h"
#include "keeper.h"
#include "loan.h"
#include "slots.h"

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

/// An idle keeper answers at once, unless it has to make sure of its connection first.
constexpr seconds patience{5};

/// A client in search of a session.
class Borrower {
 public:
  Borrower(const stream::Client& client, const Slots& slots, Request request)
      : client_{client}, slots_{slots}, request_{std::move(request)} {}

  /// A connection to a process that serves the client from now on; else take_slot().
  posix::Fd borrow();

  struct Place {
    int slot = -1;
    posix::Fd lock;
  };
  /// A slot for a session of our own, if need be that of one which did not suit us; its
  /// lock is empty if all are in use.
  Place take_slot();

 private:
  enum class Answer { granted, refused, nobody };
  Answer ask(int control, int lock);

  const stream::Client& client_;
  const Slots& slots_;
  Request request_;
  Place empty_;
  int unsuited_ = -1; ///< a slot
};

/// Waits until the other end is closed.
void await_end(int control) {
  while (stream::receive_message(control, steady_clock::now() + patience)) {
  }
}

Borrower::Answer Borrower::ask(int control, int lock) {
  if (!stream::send_message(control, request_.text())) return Answer::nobody;
  auto answer = stream::receive_message(control, steady_clock::now() + patience);
  if (!answer) {
    // It may say yes at this very moment; behind this it cannot.
    ::shutdown(control, SHUT_RD);
    answer = stream::receive_message(control, steady_clock::now());
  }
  if (!answer) return Answer::nobody;
  if (answer->text != granted) return Answer::refused;
  // Only now: with a process that never reads them they would stay open.
  const std::vector<int> ours{client_.in, client_.out, STDERR_FILENO, lock};
  return stream::send_message(control, granted, ours) ? Answer::granted : Answer::nobody;
}

posix::Fd Borrower::borrow() {
  const posix::Fd turn = slots_.await_turn();
  for (int n = 0; n < Slots::count; ++n) {
    if (empty_.lock && ::access(slots_.socket(n).c_str(), F_OK) != 0) continue;
    posix::Fd lock = slots_.lock(n);
    if (!lock) continue;
    posix::Fd control = stream::connect_to(slots_.socket(n));
    const Answer answer = control ? ask(control.get(), lock.get()) : Answer::nobody;
    if (answer == Answer::granted) return control;
    if (answer == Answer::refused)
      unsuited_ = n;
    else if (!empty_.lock)
      empty_ = {n, std::move(lock)};
  }
  return posix::Fd{};
}

Borrower::Place Borrower::take_slot() {
  if (!empty_.lock && unsuited_ >= 0) {
    empty_ = {unsuited_, slots_.lock(unsuited_)};
    const posix::Fd control =
        empty_.lock ? stream::connect_to(slots_.socket(unsuited_)) : posix::Fd{};
    if (control && stream::send_message(control.get(), end_keeping))
      await_end(control.get());
  }
  if (empty_.lock) ::unlink(slots_.socket(empty_.slot).c_str());
  return std::move(empty_);
}

/// What we open from here on is not to be taken for a standard descriptor.
void fill_standard_descriptors() {
  while (true) {
    posix::Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!null || null.get() > STDERR_FILENO) return;
    null.release();
  }
}

/// Until the client has finished, or the process that serves it is gone.
int await_verdict(const Options& options, int control) {
  const auto message = stream::receive_message(control, stream::Deadline::max());
  if (!message)
    return report(options, {EX_IOERR, "the process that keeps the session has died"});
  const Verdict verdict = Verdict::parse(message->text);
  if (verdict.text.empty()) return verdict.status;
  return report(options, {verdict.status, verdict.text});
}

posix::Fd duplicate(int fd) {
  posix::Fd copy{::dup(fd)};
  if (!copy) throw posix::system_fault(EX_OSERR, "dup");
  return copy;
}

/// Starts the process that connects, serves the client, and keeps the session; returns a
/// connection to it.
posix::Fd start_keeper(const Options& options, Orders& orders,
                       const stream::Client& client, Early& early, Request request,
                       posix::Fd lock, const std::string& socket) {
  stream::Ends ends = stream::connected_pair();
  const pid_t keeper = ::fork();
  if (keeper < 0) throw posix::system_fault(EX_OSERR, "fork");
  if (keeper > 0) return std::move(ends.one);
  ends.one.reset();
  int status = EX_SOFTWARE;
  try {
    Loan loan{duplicate(client.in), duplicate(client.out), duplicate(STDERR_FILENO),
              std::move(lock),      std::move(ends.other), std::move(request)};
    status = keep(options, std::move(orders.settings), std::move(loan), std::move(early),
                  socket);
  } catch (const posix::Fault& fault) {
    status = report(options, fault);
  }
  ::_exit(status);
}

} // namespace

std::optional<int> serve_kept(const Options& options, Orders& orders,
                              const stream::Client& client, Early& early,
                              const stream::Trace& trace) {
  const Settings& settings = orders.settings;
  if (settings.persist.count() == 0) return std::nullopt;
  fill_standard_descriptors();
  std::string why;
  const auto slots = Slots::find(options.side, settings.config_file, why);
  if (!slots) {
    trace.note("persist: no session is kept: " + why);
    return std::nullopt;
  }
  early.read();
  Request request = request_of(options, settings, early);
  const Request for_new = request;
  request.early = early.peek();
  Borrower borrower{client, *slots, std::move(request)};
  posix::Fd control = borrower.borrow();
  if (control) {
    trace.note("persist: a session was kept");
  } else {
    Borrower::Place place = borrower.take_slot();
    if (!place.lock) {
      trace.note("persist: no session is kept: all places are taken");
      return std::nullopt;
    }
    control = start_keeper(options, orders, client, early, for_new, std::move(place.lock),
                           slots->socket(place.slot));
  }
  orders.settings = Settings{}; // it has secrets
  return await_verdict(options, control.get());
}

int kept_sessions(const Options& options, const Settings& settings) {
  std::string why;
  const auto slots = Slots::find(options.side, settings.config_file, why);
  int kept = 0;
  for (int n = 0; slots && n < Slots::count; ++n)
    if (stream::connect_to(slots->socket(n))) ++kept;
  return kept;
}

int end_kept(const Options& options) {
  std::string why;
  // Whatever the configuration says by now, or whether it can be read.
  const auto slots =
      Slots::find(options.side, real_path(cli::config_path(options.config)), why);
  for (int n = 0; slots && n < Slots::count; ++n) {
    const posix::Fd lock = slots->lock(n);
    const posix::Fd control = stream::connect_to(slots->socket(n));
    const bool told = control && stream::send_message(control.get(), end_keeping);
    if (!lock) continue; // in use
    if (told) await_end(control.get());
    ::unlink(slots->socket(n).c_str());
  }
  return 0;
}
