// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/messages.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/offspring.h"

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause = 500ms, longest_pause = 30s;
// Longer than imap-connect waits for the answers to a client that is gone.
constexpr std::chrono::milliseconds longest_farewell = 15s;

std::string list_text(const std::vector<std::string>& mailboxes) {
  std::string text;
  for (std::size_t i = 0; i < mailboxes.size() && i < 5; ++i)
    text += (i == 0 ? "" : ", ") + cli::printable(mailboxes[i]);
  if (mailboxes.size() > 5) text += fmt::format(" and {} more", mailboxes.size() - 5);
  return text;
}

} // namespace

Session::Session(Children& children, Report& report, const std::vector<Stage>& line,
                 std::vector<std::string> mailboxes, Pipeline::Setup setup, bool dry_run)
    : children_{children}, report_{report}, line_{line},
      mailboxes_{std::move(mailboxes)}, setup_{std::move(setup)}, dry_run_{dry_run},
      tally_{Failures{[&report](const std::string& text) { report.error(text); },
                      [&report](const std::string& text) { report.note(text); }}},
      plan_{::isatty(STDOUT_FILENO) == 0} {}

Session::Result Session::run() {
  const auto begun = std::chrono::steady_clock::now();
  std::chrono::milliseconds pause = first_pause;
  for (int restarts = 0;; ++restarts) {
    const std::uint64_t committed = tally_.committed();
    const auto [failure, asked] = run_line();
    int signal = asked;
    if (signal != 0) {
      hush({});
      tell_so_far();
      return {EX_TEMPFAIL, signal};
    }
    if (!failure) {
      if (!complete_)
        throw posix::Fault{EX_SOFTWARE, "the pipeline ended before its round did"};
      for (const std::string& line : said({}).others) report_.reason(line);
      conclude(std::chrono::steady_clock::now() - begun);
      return {tally_.failures().status(), 0};
    }
    // Once more only if this life of the line achieved something: the work ahead shrinks.
    const bool again =
        failure->status == EX_TEMPFAIL && restarts < max_restarts &&
        (leave_suspect() || tally_.committed() > committed || lost_session(*failure));
    if (!again) {
      tally_.failures().tell_the_rest();
      explain(*failure);
      tell_so_far();
      return {failure->status, 0};
    }
    hush(*failure);
    report_.note(fmt::format("starting again in {:.1f} s",
                             std::chrono::duration<double>(pause).count()));
    if (!wait_to_restart(pause, signal)) {
      tell_so_far();
      return {EX_TEMPFAIL, signal};
    }
    pause = std::min(pause * 2, longest_pause);
    setup_.append_logs = true;
  }
}

// True once in a run, if a session ended although both servers had answered: some end one
// whose mailbox somebody deletes, which the next life of the line does not select.
bool Session::lost_session(const Failure& failure) {
  if (dry_run_ || failure.stage.empty() || !tally_.connected()) return false;
  return !std::exchange(lost_session_, true);
}

// True if a session ended while a mailbox was read: once in a run, however far the other
// side is, and once more for each mailbox that this happened with before, which the next
// life of the line is to leave.
bool Session::leave_suspect() {
  const auto suspect = tally_.take_suspect();
  if (!suspect) return false;
  if (suspects_.insert(*suspect).second)
    return !dry_run_ && !std::exchange(lost_session_, true);
  return left_.insert(*suspect).second;
}

Pipeline::Result Session::run_line() {
  Pipeline pipeline{children_, line_, setup_};
  complete_ = false;
  round_ = 1;
  tally_.begin_line();
  tally_.failures().begin_round(mailboxes_);
  tally_.take_again();
  pipeline.feed(round_request(round_, mailboxes_, left_));
  auto result =
      pipeline.run([&](const record::Record& record) { on_record(pipeline, record); },
                   [&](std::chrono::seconds time) { report_.silence(tally_, time); });
  report_.clear_progress();
  return result;
}

void Session::on_record(Pipeline& pipeline, const record::Record& record) {
  tally_.add(record);
  if (dry_run_) plan_.add(record);
  report_.progress(tally_);
  if (const auto* end = std::get_if<record::EndRound>(&record);
      end != nullptr && end->number == round_)
    end_of_round(pipeline);
}

void Session::end_of_round(Pipeline& pipeline) {
  complete_ = true;
  const std::vector<std::string> again = tally_.take_again();
  if (again.empty() || dry_run_) return pipeline.close_head();
  if (round_ == max_rounds) {
    report_.error(fmt::format("still changing after {} rounds, left to the next run: {}",
                              max_rounds, list_text(again)));
    return pipeline.close_head();
  }
  complete_ = false;
  ++round_;
  report_.note(fmt::format("round {} for {}", round_, list_text(again)));
  tally_.failures().begin_round(again);
  pipeline.feed(round_request(round_, again, left_));
}

// False if we are asked to end meanwhile. Connections of the line before are waited for:
// what they still carry to a server would not be seen there yet, and sent again.
bool Session::wait_to_restart(std::chrono::milliseconds time, int& signal) {
  const auto earliest = posix::Clock::now() + time, latest = earliest + longest_farewell;
  bool told = false;
  while (true) {
    const auto now = posix::Clock::now();
    const bool paused = now >= earliest;
    if (now >= latest || (paused && posix::children_of_our_session().empty()))
      return true;
    if (paused && !std::exchange(told, true))
      report_.note("waiting for the connections of the line before");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        ((paused ? latest : earliest) - now) / posix::Clock::speed());
    pollfd wait{children_.signals(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(left.count()));
    signal = children_.take_signals();
    while (children_.reap()) {
    }
    if (signal != 0) return false;
  }
}

// One line for one failure: the culprit's own, or else ours.
void Session::explain(const Failure& failure) {
  const auto [culprit, others] = said(failure);
  for (const std::string& line : culprit) report_.reason(line);
  for (const std::string& line : others)
    if (culprit.empty())
      report_.reason(line);
    else
      report_.note_reason(line);
  if (culprit.empty())
    report_.error(failure.text);
  else
    report_.note(failure.text);
}

// A failure that passed is for those who want to know.
void Session::hush(const Failure& failure) {
  const auto [culprit, others] = said(failure);
  for (const std::string& line : culprit) report_.note_reason(line);
  for (const std::string& line : others) report_.note_reason(line);
  if (!failure.text.empty()) report_.note(failure.text);
}

Voices::Said Session::said(const Failure& failure) {
  if (setup_.voices == nullptr) return {};
  return setup_.voices->take(failure.stage);
}

// A run that ends before its time has achieved something all the same.
void Session::tell_so_far() {
  if (const std::string done = achieved(tally_); !done.empty())
    report_.remark("done so far, the next run goes on: " + done);
}

void Session::conclude(std::chrono::steady_clock::duration time) {
  tally_.failures().tell_the_rest();
  if (!dry_run_) return report_.result(summary(tally_, time));
  plan_.finish();
}
