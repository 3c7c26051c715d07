// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_VOICES_H
#define IMAPSYNC_BIN_VOICES_H

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fd.h"

/// Standard error of the stages. A stage says one line, why it ends; it is held until it
/// is known what became of the line, for a failure that is mended by starting again is
/// nobody's business, and of several at once one is the reason. What the commands of the
/// configuration say (ssh, a prompt of theirs) is passed on at once.
class Voices {
 public:
  explicit Voices(std::function<void(std::string_view octets)> pass);

  /// What the stages get; what is readable when one of them speaks.
  int for_stages() const { return pipe_.write.get(); }
  int descriptor() const { return pipe_.read.get(); }
  /// Reads what is there, and no more than a pipe holds.
  void read();

  struct Said {
    std::vector<std::string> culprit; ///< what stages of the culprit's program said, once
    std::vector<std::string> others;
  };
  /// What was held, which is forgotten. `culprit` is the name of a stage, or empty.
  Said take(std::string_view culprit);

 private:
  bool sort();

  std::function<void(std::string_view)> pass_;
  posix::Pipe pipe_;
  std::string buffer_, text_;
  bool in_line_ = false; ///< the beginning of the line was passed on
  std::vector<std::string> held_;
};

#endif
