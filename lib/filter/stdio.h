// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_FILTER_STDIO_H
#define IMAPSYNC_FILTER_STDIO_H

#include <functional>
#include <string>
#include <string_view>

#include "posix/buffer.h"
#include "posix/loop.h"
#include "record/reader.h"

/// The frame of a filter: records on standard input and output under one poll loop, and
/// what `main` does with faults.
namespace filter {

/// Standard input and standard output of a filter, as records. Never blocks.
class Stdio {
 public:
  /// Registers both descriptors with `loop`, which must not outlive this object.
  /// `on_record` gets each record, with its line to be passed on unchanged.
  /// Writes the header at once.
  Stdio(posix::Loop& loop, std::function<void(const record::Reader::Item&)> on_record);
  Stdio(const Stdio&) = delete;
  Stdio& operator=(const Stdio&) = delete;

  /// Queues a record, or a line with its LF.
  void emit(const record::Record& record) { record::append(out_.tail(), record); }
  void pass(std::string_view line) { out_.append(line); }

  /// While true, standard input is not read: for a filter that must bound what it holds.
  void pause(bool on) { paused_ = on; }
  /// While true, no record comes: for a filter that has a round to end first.
  void hold(bool on) { held_ = on; }

  /// Octets that wait for the reader of standard output.
  std::size_t queued() const { return out_.size(); }
  /// Standard input has ended and all of it was handled.
  bool ended() const { return ended_ && !backlog_; }
  /// Everything that was written to us by now was handled, unless it is held.
  bool drained() const;
  bool in_round() const { return reader_.in_round(); }

  /// Throws record::Truncated if standard input ended inside a round.
  void finish() const { reader_.finish(); }

  /// Blocks until all queued output is written.
  void flush();
  /// Flushes, and closes standard output: the last thing a filter does when all went
  /// well. The next one need not wait for what is torn down. Throws Fault 74.
  void close();

 private:
  void read();
  void deliver();
  void write();

  std::function<void(const record::Reader::Item&)> on_record_;
  record::Reader reader_;
  posix::OutBuffer out_;
  std::string buffer_;
  bool paused_ = false, held_ = false, ended_ = false;
  bool backlog_ = false; ///< octets were read whose records are held
};

/// Runs a filter's body and returns the exit status: what it returned, or that of the
/// fault that it threw, which is told on standard error after `program: `. The victim of
/// another stage's death (a truncated input, an output that nobody reads) is silent.
/// Ignores SIGPIPE.
int run_main(std::string_view program, const std::function<int()>& body);

} // namespace filter

#endif
