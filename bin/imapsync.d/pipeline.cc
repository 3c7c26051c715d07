// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline.h"

#include <poll.h>

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "posix/fault.h"

namespace {

using namespace std::chrono_literals;

// How long the line may be silent at its tail before it is told to end, and then before
// it is killed. A stage that is told finishes the command in flight, which may be a large
// message on a slow link, and tells of its progress meanwhile.
constexpr auto patience_at_end = 30s, patience_with_victims = 5s,
               patience_when_told = 15s;

} // namespace

Pipeline::Pipeline(Children& children, const std::vector<Stage>& line, const Setup& setup)
    : children_{children}, buffer_(std::size_t{64} << 10, '\0') {
  feed(record::header);
  try {
    start(line, setup);
  } catch (...) {
    // What runs already sees the end of its input when the pipes are closed.
    send(SIGTERM, false);
    throw;
  }
  loop_.add({children_.signals(), [] { return short{POLLIN}; },
             [this](short) { handle_signals(); }});
  loop_.add({head_.get(),
             [this] { return short(head_ && !head_out_.empty() ? POLLOUT : 0); },
             [this](short) { write_head(); }});
  loop_.add({tail_.get(), [this] { return short(tail_ ? POLLIN : 0); },
             [this](short) { read_tail(); }});
  if (setup.voices != nullptr)
    loop_.add({setup.voices->descriptor(), [] { return short{POLLIN}; },
               [voices = setup.voices](short) { voices->read(); }});
  loop_.at([this] { return deadline_; }, [this] { force(); });
  loop_.at([this] { return tail_ ? std::optional{heard_ + silence_} : std::nullopt; },
           [this] { tell_of_silence(); });
}

void Pipeline::start(const std::vector<Stage>& line, const Setup& setup) {
  posix::Pipe head = posix::make_pipe();
  posix::Fd input = std::move(head.read);
  std::vector<Start> starts;
  // Replaces `input` by the read end of what the process writes.
  const auto add = [&](const Stage& stage, bool is_tee) {
    posix::Pipe output = posix::make_pipe();
    starts.push_back(
        {stage, std::exchange(input, std::move(output.read)), std::move(output.write)});
    processes_.push_back({{.name = stage.name, .is_tee = is_tee}, -1, stage.connects});
  };
  const auto log = [&](const std::string& name) {
    if (setup.log_directory.empty()) return;
    Stage tee{"tee " + name, name, {"tee"}};
    if (setup.append_logs) tee.argv.emplace_back("-a");
    tee.argv.push_back(setup.log_directory + "/" + name);
    add(tee, true);
  };
  log("0-requests");
  for (const Stage& stage : line) {
    add(stage, false);
    log(stage.log);
  }
  head_ = std::move(head.write);
  tail_ = std::move(input);
  posix::set_nonblocking(head_.get());
  posix::set_nonblocking(tail_.get());
  start_all(starts, setup);
}

// All wait for the stages that dial at once: they are started before the others.
void Pipeline::start_all(std::vector<Start>& starts, const Setup& setup) {
  Loans loans;
  const auto start = [&](std::size_t i) {
    start_one(processes_[i], starts[i], loans.of(starts[i].stage), setup);
  };
  const auto dials = [&](std::size_t i) { return !starts[i].stage.lends.empty(); };
  for (const bool first : {true, false})
    for (std::size_t i = 0; i < starts.size(); ++i)
      if (dials(i) == first) start(i);
}

void Pipeline::start_one(Process& process, Start& start, const Loans::Descriptors& loans,
                         const Setup& setup) {
  Children::Descriptors descriptors{start.input.get(),
                                    start.output.get(),
                                    setup.voices != nullptr ? setup.voices->for_stages()
                                                            : setup.error,
                                    {}};
  if (process.connects) descriptors.more = setup.descriptors;
  if (setup.lock >= 0) descriptors.more.emplace_back(setup.lock, setup.lock);
  descriptors.more.insert(descriptors.more.end(), loans.begin(), loans.end());
  process.pid = children_.spawn(start.stage.argv, descriptors);
  process.running = true;
  start.input.reset();
  start.output.reset();
}

void Pipeline::close_head() {
  closing_ = true;
  if (head_out_.empty()) head_.reset();
  next_signal_ = SIGTERM;
  be_patient(patience_at_end);
}

Pipeline::Result Pipeline::run(const OnRecord& on_record, const OnSilence& on_silence) {
  on_record_ = on_record;
  on_silence_ = on_silence;
  while (running()) loop_.turn();
  while (tail_ && read_tail()) {
  } // what the last stage wrote before it ended
  if (own_failure_) return {own_failure_, signal_};
  return {judge({processes_.begin(), processes_.end()}), signal_};
}

void Pipeline::write_head() {
  // Nobody reads: the stage that died is about to be reaped, and is the one to name.
  if (!head_out_.write_some(head_.get(), "the pipeline"))
    head_.reset();
  else if (closing_ && head_out_.empty())
    head_.reset();
}

// True if there may be more at once.
bool Pipeline::read_tail() {
  std::string_view octets;
  const auto status = posix::read_some(tail_.get(), buffer_, octets, "the pipeline");
  if (status == posix::ReadStatus::end) tail_.reset();
  if (status != posix::ReadStatus::some) return false;
  if (deadline_) be_patient(patience_);
  heard_ = posix::Clock::now();
  silence_ = std::chrono::seconds{1};
  try {
    reader_.feed(octets);
    while (const auto item = reader_.next()) on_record_(item->record);
    return true;
  } catch (const record::Malformed& fault) {
    own_failure_ = {
        fmt::format("records of {}: {}", processes_.back().name, fault.what()),
        EX_DATAERR,
        {}};
    tail_.reset();
    give_up();
    return false;
  }
}

void Pipeline::handle_signals() {
  if (const int asked = children_.take_signals(); asked != 0) {
    const bool again = signal_ != 0;
    signal_ = asked;
    if (again) {
      send(SIGKILL, false);
    } else {
      // imap-state ends by the end of its input: outcomes on their way are committed.
      send(SIGTERM, true);
      give_up();
      next_signal_ = SIGKILL;
      be_patient(patience_when_told);
    }
  }
  reap();
}

void Pipeline::reap() {
  while (const auto exit = children_.reap()) {
    const auto process = std::ranges::find(processes_, exit->pid, &Process::pid);
    if (process == processes_.end()) continue; // adopted
    process->running = false;
    process->wait_status = exit->wait_status;
    process->order = ++ended_;
    process->premature = !closing_;
  }
  // Whoever ends before the head is closed ends the line.
  if (ended_ > 0 && !closing_) give_up();
}

// Ends the line from its head: nothing more is asked for, the rest drains. What is queued
// is still sent, or the first stage would look like one that lost its input.
void Pipeline::give_up() {
  if (closing_) return;
  close_head();
  be_patient(patience_with_victims);
}

void Pipeline::be_patient(std::chrono::seconds time) {
  patience_ = time;
  deadline_ = posix::Clock::now() + time;
}

void Pipeline::force() {
  send(next_signal_, false);
  be_patient(patience_when_told);
  next_signal_ = SIGKILL;
}

void Pipeline::tell_of_silence() {
  const auto time =
      std::chrono::floor<std::chrono::seconds>(posix::Clock::now() - heard_);
  silence_ = time + std::chrono::seconds{1};
  on_silence_(time);
}

bool Pipeline::running() const {
  return std::ranges::any_of(processes_, &Process::running);
}

void Pipeline::send(int signal, bool only_connecting) {
  for (Process& process : processes_) {
    if (!process.running || (only_connecting && !process.connects)) continue;
    process.told = true;
    ::kill(process.pid, signal);
  }
}
