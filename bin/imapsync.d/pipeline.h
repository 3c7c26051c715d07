// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_PIPELINE_H
#define IMAPSYNC_BIN_PIPELINE_H

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "children.h"
#include "line.h"
#include "loans.h"
#include "posix/buffer.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "posix/loop.h"
#include "record/reader.h"
#include "verdict.h"
#include "voices.h"

/// One life of the line: all stages are started at once, fed at the head and read at the
/// tail under one poll loop, until the last of them has ended.
class Pipeline {
 public:
  struct Setup {
    int error = 2;                                ///< standard error of the stages
    Voices* voices = nullptr;                     ///< instead of that, if there is one
    std::vector<std::pair<int, int>> descriptors; ///< more, for stages that connect
    int lock = -1;                                ///< RunLock's, for all stages
    std::string log_directory;                    ///< --stage-log; empty for none
    bool append_logs = false;
  };

  /// Starts the line. `children` must outlive this object.
  Pipeline(Children& children, const std::vector<Stage>& line, const Setup& setup);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Queues records for the head.
  void feed(std::string_view records) { head_out_.append(records); }
  /// No more records will come: the head is closed behind what is queued, and the stages
  /// end one after the other.
  void close_head();

  struct Result {
    std::optional<Failure> failure;
    int signal = 0; ///< the one by which we were asked to end, or 0
  };
  using OnRecord = std::function<void(const record::Record&)>;
  using OnSilence = std::function<void(std::chrono::seconds)>;
  /// Waits for the end of all stages; calls `on_record` with each record at the tail, and
  /// when none comes, `on_silence` each second with the time since the last one.
  Result run(const OnRecord& on_record, const OnSilence& on_silence);

 private:
  struct Process : Ending {
    pid_t pid = -1;
    bool connects = false;
    bool running = false;
  };
  /// What a process is started with.
  struct Start {
    Stage stage;
    posix::Fd input, output;
  };

  void start(const std::vector<Stage>& line, const Setup& setup);
  void start_all(std::vector<Start>& starts, const Setup& setup);
  void start_one(Process& process, Start& start, const Loans::Descriptors& loans,
                 const Setup& setup);
  void write_head();
  bool read_tail();
  void handle_signals();
  void reap();
  void give_up();
  void force();
  void be_patient(std::chrono::seconds time);
  void tell_of_silence();
  bool running() const;
  void send(int signal, bool only_connecting);

  Children& children_;
  posix::Loop loop_;
  std::vector<Process> processes_;
  posix::Fd head_, tail_;
  posix::OutBuffer head_out_;
  record::Reader reader_;
  std::string buffer_;
  OnRecord on_record_;
  OnSilence on_silence_;
  posix::Clock::time_point heard_ = posix::Clock::now(); ///< the last record
  std::chrono::seconds silence_{1}; ///< how long it has to last to be told
  bool closing_ = false;
  int ended_ = 0;
  int signal_ = 0;
  int next_signal_ = 0; ///< what the deadline brings: SIGTERM, then SIGKILL
  std::optional<posix::Clock::time_point> deadline_;
  std::chrono::seconds patience_{0}; ///< what each record at the tail grants anew
  std::optional<Failure> own_failure_;
};

#endif
