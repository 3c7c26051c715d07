// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_SESSION_H
#define IMAPSYNC_BIN_SESSION_H

#include <chrono>
#include <string>
#include <vector>

#include "children.h"
#include "line.h"
#include "pipeline.h"
#include "plan_text.h"
#include "report.h"
#include "tally.h"

/// One synchronisation: rounds through the line until no mailbox wants another, and a new
/// line when one died of something that passes.
class Session {
 public:
  /// A mailbox that never comes to rest, because somebody else keeps changing it, is left
  /// to the next run.
  static constexpr std::uint64_t max_rounds = 10;
  static constexpr int max_restarts = 10;

  /// All arguments must outlive this object. No mailboxes: all of them.
  Session(Children& children, Report& report, const std::vector<Stage>& line,
          std::vector<std::string> mailboxes, Pipeline::Setup setup, bool dry_run);

  struct Result {
    int status;
    int signal; ///< the one to die by, or 0
  };
  Result run();

 private:
  Pipeline::Result run_line();
  bool lost_session(const Failure& failure);
  bool leave_suspect();
  bool wait_to_restart(std::chrono::milliseconds time, int& signal);
  void on_record(Pipeline& pipeline, const record::Record& record);
  void end_of_round(Pipeline& pipeline);
  void tell_so_far();
  void conclude(std::chrono::steady_clock::duration time);
  void explain(const Failure& failure);
  void hush(const Failure& failure);
  Voices::Said said(const Failure& failure);

  Children& children_;
  Report& report_;
  const std::vector<Stage>& line_;
  std::vector<std::string> mailboxes_;
  Pipeline::Setup setup_;
  bool dry_run_;
  Tally tally_;
  PlanText plan_;
  std::uint64_t round_ = 0;
  bool complete_ = false; ///< the last round came to its end
  bool lost_session_ = false;
  std::set<std::string> suspects_, left_; ///< mailboxes
};

#endif
