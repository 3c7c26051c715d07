// SPDX-License-Identifier: GPL-3.0-or-later
#include "voices.h"

#include <algorithm>
#include <utility>

#include "posix/buffer.h"

namespace {

// As lines of the stages begin.
constexpr std::string_view stages[] = {
    "imap-apply: ", "imap-changes: ", "imap-connect: ", "imap-state: "};
constexpr std::size_t longest = 16384, most = 100;
// What a pipe holds: who writes faster than we read shall not keep us from all else.
constexpr std::size_t chunk = 4096;
constexpr int chunks_at_once = 16;

// Whether a line, or what there is of one, is a stage's; as far as one can tell.
bool may_be_ours(std::string_view line, bool whole) {
  return std::ranges::any_of(stages, [&](std::string_view stage) {
    return line.starts_with(stage) || (!whole && stage.starts_with(line));
  });
}

} // namespace

Voices::Voices(std::function<void(std::string_view)> pass)
    : pass_{std::move(pass)}, pipe_{posix::make_pipe()}, buffer_(chunk, '\0') {
  posix::set_nonblocking(pipe_.read.get());
}

void Voices::read() {
  std::string_view octets;
  for (int n = 0;
       n < chunks_at_once && posix::read_some(pipe_.read.get(), buffer_, octets,
                                              "the stages") == posix::ReadStatus::some;
       ++n) {
    text_ += octets;
    while (!text_.empty() && sort()) {
    }
  }
}

// Holds or passes on a line, or what there is of one that is not ours. False if it takes
// more octets to know.
bool Voices::sort() {
  const std::size_t feed = text_.find('\n');
  const bool whole = feed != text_.npos;
  const std::string_view line = std::string_view{text_}.substr(0, feed);
  if (!in_line_ && may_be_ours(line, whole) && held_.size() < most) {
    if (!whole && text_.size() < longest) return false;
    held_.push_back(text_.substr(0, feed));
  } else {
    pass_(std::string_view{text_}.substr(0, whole ? feed + 1 : feed));
    in_line_ = !whole;
  }
  text_.erase(0, whole ? feed + 1 : feed);
  return true;
}

Voices::Said Voices::take(std::string_view culprit) {
  read();
  if (!text_.empty()) held_.push_back(std::exchange(text_, {}));
  const std::string program = std::string{culprit.substr(0, culprit.find(' '))} + ": ";
  Said said;
  for (std::string& line : std::exchange(held_, {})) {
    // Before it has become the stage, it is imap-connect.
    const bool its = !culprit.empty() &&
                     (line.starts_with(program) || line.starts_with("imap-connect: "));
    std::vector<std::string>& lines = its ? said.culprit : said.others;
    if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
  }
  return said;
}
