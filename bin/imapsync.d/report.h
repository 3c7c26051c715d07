// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_REPORT_H
#define IMAPSYNC_BIN_REPORT_H

#include <chrono>
#include <string>

#include "posix/fd.h"
#include "tally.h"

/// What a person sees of a run: messages on standard error and in the log file, a line of
/// progress on a terminal, the summary on standard output.
class Report {
 public:
  /// Appends to `logfile` unless it is empty. Throws Fault 78 if that cannot be opened.
  Report(bool quiet, bool verbose, const std::string& logfile);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() { clear_progress(); }

  /// Something is wrong.
  void error(const std::string& text);
  /// For those who want to know (--verbose); always in the log file.
  void note(const std::string& text);
  /// For those who did not ask for quiet; always in the log file.
  void remark(const std::string& text);
  /// The result, on standard output unless --quiet. Throws Fault 74 if that fails.
  void result(const std::string& text);

  /// Redraws the line of progress, ten times a second at most.
  void progress(const Tally& tally);
  void clear_progress();
  /// Nothing has come from the line for so long: what is waited for, instead of the line
  /// of progress, until that is drawn again; and once for those who want to know.
  void silence(const Tally& tally, std::chrono::seconds time);

  /// Why a stage failed, in its own words.
  void reason(const std::string& line);
  /// The same for those who want to know.
  void note_reason(const std::string& line);
  /// Octets that a command of the configuration wrote to standard error.
  void pass(std::string_view octets);
  /// Where standard error of the stages goes.
  int stage_error() const { return log_ ? log_.get() : 2; }

 private:
  using Clock = std::chrono::steady_clock;
  void log(const std::string& text) const;
  void log_line(const std::string& line) const;
  void draw(const std::string& line);

  bool quiet_, verbose_;
  bool draws_; ///< standard error is a terminal
  bool bold_;
  bool drawn_ = false;
  bool silent_ = false, told_ = false; ///< of a silence; beyond the line of progress
  posix::Fd log_;
  Clock::time_point begun_ = Clock::now(), last_{};
};

/// "local: 3 messages (34 kB); remote: 1 expunged", or nothing.
std::string achieved(const Tally& tally);
/// "local: 3 messages copied (34 kB); remote: 1 expunged; 0.84 s"
std::string summary(const Tally& tally, std::chrono::steady_clock::duration time);

#endif
