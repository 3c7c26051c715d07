// SPDX-License-Identifier: GPL-3.0-or-later
#include "voices.h"

#include <algorithm>
#include <utility>

#include "posix/buffer.h"

namespace {

constexpr std::string_view ours = "imap-"; // as all names of stages begin
constexpr std::size_t longest = 16384, most = 100;

} // namespace

Voices::Voices(std::function<void(std::string_view)> pass)
    : pass_{std::move(pass)}, pipe_{posix::make_pipe()}, buffer_(4096, '\0') {
  posix::set_nonblocking(pipe_.read.get());
}

void Voices::read() {
  std::string_view octets;
  while (posix::read_some(pipe_.read.get(), buffer_, octets, "the stages") ==
         posix::ReadStatus::some) {
    text_ += octets;
    while (!text_.empty() && sort()) {
    }
  }
}

// Holds or passes on a line, or what there is of one that is not ours. False if it takes
// more octets to know.
bool Voices::sort() {
  const std::string_view begun = std::string_view{text_}.substr(0, ours.size());
  const std::size_t feed = text_.find('\n');
  const bool whole = feed != text_.npos;
  if (!in_line_ && ours.starts_with(begun) && held_.size() < most) {
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
    const bool its = line.starts_with(program) || line.starts_with("imap-connect: ");
    std::vector<std::string>& lines = its ? said.culprit : said.others;
    if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
  }
  return said;
}
