// SPDX-License-Identifier: GPL-3.0-or-later
#include "keeper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

#include "config_watch.h"
#include "connect.h"
#include "posix/clock.h"
#include "stream/lent.h"
#include "stream/resting.h"

namespace {

using posix::Clock;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Servers close what is silent for half an hour, routers forget some connections
/// earlier.
constexpr minutes keep_alive{4};
/// How long a server may take to answer what we ask for ourselves.
constexpr seconds answer_time{20};
/// The same while a client waits.
constexpr seconds quick_answer_time{4};
/// A client writes its request as soon as it is connected.
constexpr seconds request_time{1};

/// Time that also passes while the machine sleeps.
seconds time_awake_or_not() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return seconds{now.tv_sec};
}

class Keeper {
 public:
  Keeper(const Options& options, Settings settings, Loan first, Early early,
         std::string socket)
      : options_{options}, settings_{std::move(settings)}, loan_{std::move(first)},
        early_{std::move(early)}, socket_{std::move(socket)} {}

  int run();

 private:
  void isolate();
  bool open(stream::Start& start);
  void become_background(const stream::Trace& trace);
  int lend(stream::Start start, stream::Trace& trace);
  void show_to(int error) const { ::dup3(error, STDERR_FILENO, O_CLOEXEC); }
  void finish_loan(const Verdict& verdict);
  bool rest();
  void note_answer() {
    heard_ = time_awake_or_not();
    spoke_ = Clock::now();
  }
  bool await_client();
  bool keep_alive_until(Clock::time_point expiry);
  bool take_visitor();
  bool suits(const Request& request);
  bool has(std::string_view capability) const {
    return stream::has_capability(session_.login.capabilities, capability);
  }

  const Options& options_;
  Settings settings_;
  Loan loan_;
  Early early_;
  std::string socket_, last_program_;
  posix::Fd null_, listener_;
  ConfigWatch config_;
  Session session_;
  stream::Usage usage_;
  std::unique_ptr<stream::Resting> resting_;
  bool over_ = false; ///< the last loan has left the session up, all is answered
  bool told_to_end_ = false;
  seconds heard_{}; ///< when the server was last known to be there
  Clock::time_point spoke_;
};

/// Leaves us our own descriptors: what else we inherited would be held open for as long
/// as we live. Standard error stays until the session is up.
void Keeper::isolate() {
  null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null_) throw posix::system_fault(EX_OSERR, "/dev/null");
  std::vector<int> ours{null_.get()};
  for (posix::Fd* fd :
       {&loan_.in, &loan_.out, &loan_.error, &loan_.lock, &loan_.control}) {
    if (!*fd) continue;
    // Above standard error, whatever was closed when we were started.
    *fd = posix::duplicate(fd->get(), STDERR_FILENO + 1);
    ours.push_back(fd->get());
  }
  early_.move_to(loan_.in.get());
  if (null_.get() <= STDERR_FILENO)
    null_ = posix::duplicate(null_.get(), STDERR_FILENO + 1);
  ours.front() = null_.get();
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null_.get(), fd);
  std::sort(ours.begin(), ours.end());
  int next = STDERR_FILENO + 1;
  for (const int fd : ours) {
    if (next < fd)
      ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(fd - 1), 0);
    next = fd + 1;
  }
  ::close_range(static_cast<unsigned>(next), ~0U, 0);
}

/// Connects; a failure is told to the client.
bool Keeper::open(stream::Start& start) {
  stream::Trace trace{options_.debug ? options_.side : std::string{}};
  const auto commands = [&] {
    const std::string octets = early_.commands();
    start.conversation.sent(octets);
    std::string sent;
    usage_.said(octets, sent);
    return sent;
  };
  try {
    connect_side(settings_, trace, {commands, {}, {loan_.out.get(), loan_.control.get()}},
                 session_);
  } catch (const posix::Fault& fault) {
    tell({loan_.in.get(), loan_.out.get()}, stream::bye(fault));
    finish_loan({fault.status, fault.what()});
    return false;
  }
  settings_.proxy.reset();
  settings_.credentials = {};
  usage_.answered(session_.login.rest);
  start.greeting = stream::preauth_greeting(session_.login.capabilities);
  start.to_client = std::move(session_.login.rest);
  start.to_server = early_.take();
  become_background(trace);
  return true;
}

void Keeper::become_background(const stream::Trace& trace) {
  ::setsid(); // fails only if it was done for a tunnel's command
  static_cast<void>(!::chdir("/"));
  ::umask(S_IRWXG | S_IRWXO);
  config_.begin(settings_.config_file, settings_.config_identity);
  try {
    listener_ = stream::listen_at(socket_);
  } catch (const posix::Fault& fault) {
    trace.note(std::string{"persist: "} + fault.what());
  }
  seal(session_, settings_.sandbox, trace);
  show_to(null_.get());
}

void Keeper::finish_loan(const Verdict& verdict) {
  show_to(null_.get());
  stream::send_message(loan_.control.get(), verdict.message());
  for (posix::Fd* fd : {&loan_.in, &loan_.out, &loan_.error, &loan_.control}) fd->reset();
}

/// Serves the client that there is.
int Keeper::lend(stream::Start start, stream::Trace& trace) {
  if (loan_.request.debug) show_to(loan_.error.get());
  session_.stream = std::make_unique<stream::Lent>(std::move(session_.stream), usage_);
  stream::RelayOptions relaying;
  relaying.idle = settings_.idle_timeout;
  relaying.guardian = loan_.control.get();
  relaying.compress = settings_.compress == Compress::automatic && session_.tunnel == 0 &&
                      !session_.compressed && has("COMPRESS=DEFLATE");
  relaying.deflate = [this](std::unique_ptr<stream::Stream> lent, std::string leftover) {
    static_cast<stream::Lent&>(*lent).deflate(std::move(leftover));
    session_.compressed = true;
    return lent;
  };
  Verdict verdict;
  try {
    stream::relay({loan_.in.get(), loan_.out.get()}, session_.stream, std::move(start),
                  relaying, trace);
  } catch (const posix::Fault& fault) {
    verdict = {fault.status, fault.what()};
  }
  auto& lent = static_cast<stream::Lent&>(*session_.stream);
  over_ = verdict.status == 0 && lent.over();
  session_.stream = lent.take();
  finish_loan(verdict);
  return verdict.status;
}

/// Gives the session the state in which the next client expects it, when nothing of the
/// last one's is still to come: tags are alike, it would take that for its own.
bool Keeper::rest() {
  const bool selected = usage_.selected();
  if (!over_ || !usage_.harmless() || !listener_ ||
      (selected && !has("UNSELECT") && !has("IMAP4rev2")))
    return false;
  resting_ =
      std::make_unique<stream::Resting>(std::move(session_.stream), usage_.pending());
  if (!resting_->ask(selected ? "UNSELECT" : "NOOP", steady_clock::now() + answer_time))
    return false;
  note_answer();
  last_program_ = loan_.request.program;
  usage_.next_client();
  loan_ = {}; // and with it the lock: now it is somebody else's turn
  return true;
}

/// Until there is one; false if there will be none.
bool Keeper::await_client() {
  const Clock::time_point expiry = Clock::now() + settings_.persist;
  while (resting_->alive() && config_.unchanged() && !told_to_end_ &&
         Clock::now() < expiry) {
    if (!keep_alive_until(expiry)) return false;
    if (take_visitor()) return true;
  }
  return false;
}

/// Waits until something happens, at most until the next sign of life is due, and then
/// gives that. False: the connection is dead.
bool Keeper::keep_alive_until(Clock::time_point expiry) {
  const Clock::time_point next = spoke_ + keep_alive;
  const auto time = std::max(Clock::duration{0}, std::min(expiry, next) - Clock::now()) /
                    Clock::speed();
  pollfd fds[] = {
      {listener_.get(), POLLIN, 0}, resting_->wait(), {config_.descriptor(), POLLIN, 0}};
  ::poll(fds, std::size(fds),
         static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(time).count()));
  if (Clock::now() < next || Clock::now() >= expiry) return true;
  if (!resting_->ask("NOOP", steady_clock::now() + answer_time)) return false;
  note_answer();
  return true;
}

bool Keeper::suits(const Request& request) {
  if (request.enabled != usage_.enabled()) return false;
  // Mod-sequences that nobody asked for surprise only who has not asked for them before.
  const bool same = !request.program.empty() && request.program == last_program_;
  if (usage_.uses_condstore() && !request.uses_condstore && !same) return false;
  // It has slept, or the machine has: the network may be another.
  if (time_awake_or_not() - heard_ > keep_alive + answer_time &&
      !resting_->ask("NOOP", steady_clock::now() + quick_answer_time)) {
    told_to_end_ = true;
    return false;
  }
  return resting_->alive() && resting_->between_responses();
}

/// True if it is a client and has been granted the session.
bool Keeper::take_visitor() {
  Loan loan;
  loan.control = stream::accept_from(listener_.get());
  if (!loan.control) return false;
  auto message =
      stream::receive_message(loan.control.get(), steady_clock::now() + request_time);
  if (!message) return false;
  if (message->text == end_keeping) {
    told_to_end_ = true;
    loan_.control = std::move(loan.control); // closed when we are gone
    return false;
  }
  auto request = Request::parse(message->text);
  if (!request) return false;
  if (request->version != VERSION || request->config != settings_.config_identity)
    told_to_end_ = true;
  if (told_to_end_ || !suits(*request)) {
    if (!told_to_end_) stream::send_message(loan.control.get(), "no");
    return false;
  }
  if (!stream::send_message(loan.control.get(), granted)) return false; // it has given up
  message =
      stream::receive_message(loan.control.get(), steady_clock::now() + request_time);
  if (!message || message->descriptors.size() != 4) return false;
  auto& given = message->descriptors;
  loan.in = std::move(given[0]);
  loan.out = std::move(given[1]);
  loan.error = std::move(given[2]);
  loan.lock = std::move(given[3]);
  loan.request = std::move(*request);
  loan_ = std::move(loan);
  return true;
}

int Keeper::run() {
  isolate();
  // A tunnel's command is to survive the terminal, and not to hold our caller's
  // standard error open.
  if (settings_.type == Settings::Type::tunnel) {
    ::setsid();
    settings_.null_stderr = !options_.debug;
  }
  stream::Start start;
  int status = EX_TEMPFAIL;
  if (!open(start)) return status;
  for (;;) {
    stream::Trace trace{loan_.request.debug ? options_.side : std::string{}};
    status = lend(std::move(start), trace);
    if (!rest() || !await_client()) break;
    start = {};
    start.greeting = stream::preauth_greeting(session_.login.capabilities);
    for (const std::string& word : usage_.enabled()) start.to_client += " " + word;
    if (!start.to_client.empty())
      start.to_client = "* ENABLED" + start.to_client + "\r\n";
    start.to_server = std::move(loan_.request.early);
    session_.stream = resting_->take();
  }
  if (over_) {
    if (session_.stream)
      resting_ = std::make_unique<stream::Resting>(std::move(session_.stream));
    resting_->log_out();
    session_.stream = resting_->take();
  }
  end_tunnel(session_, options_);
  return status;
}

} // namespace

int keep(const Options& options, Settings settings, Loan first, Early early,
         const std::string& socket) {
  return Keeper{options, std::move(settings), std::move(first), std::move(early), socket}
      .run();
}
