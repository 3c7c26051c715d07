// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/resting.h"

#include <string>

#include "imap/ascii.h"
#include "posix/fault.h"

namespace stream {

namespace {

/// No client's tag; one is enough where one command is under way.
constexpr std::string_view tag = "imap-connect-keep ";

} // namespace

/// Reads once; false if nothing is there, or nothing will be.
bool Resting::swallow() {
  char octets[16384];
  const ssize_t n = session_->read(octets, sizeof octets);
  if (n == Stream::again) return false;
  if (n == 0) dead_ = true;
  lines_.feed({octets, static_cast<std::size_t>(n)}, [&](std::string_view line) {
    if (!lines_.begins()) return false;
    if (imap::equal_nocase(line.substr(0, 5), "* BYE")) dead_ = true;
    if (line.starts_with(tag)) {
      answered_ = true;
      ok_ = imap::equal_nocase(line.substr(tag.size(), 2), "OK");
    } else if (owed_ > 0 && !line.empty() && line[0] != '*' && line[0] != '+') {
      --owed_;
    }
    return false;
  });
  return !dead_;
}

bool Resting::alive() {
  try {
    while (!dead_ && swallow()) {
    }
  } catch (const posix::Fault&) {
    dead_ = true;
  }
  return !dead_;
}

void Resting::send(std::string_view command, Deadline deadline) {
  const std::string line = std::string{tag} + std::string{command} + "\r\n";
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t n = session_->write(rest);
    if (n == Stream::again)
      wait_for(session_->write_wait(), deadline, command);
    else
      rest.remove_prefix(static_cast<std::size_t>(n));
  }
  while (!session_->flush()) wait_for(session_->write_wait(), deadline, command);
}

bool Resting::ask(std::string_view command, Deadline deadline) {
  answered_ = ok_ = false;
  try {
    send(command, deadline);
    const auto waiting = [this] { return !dead_ && (!answered_ || owed_ > 0); };
    while (waiting())
      if (!swallow() && waiting()) wait_for(session_->read_wait(), deadline, command);
  } catch (const posix::Fault&) {
    dead_ = true;
  }
  return !dead_ && ok_;
}

void Resting::log_out() {
  if (dead_) return;
  try {
    // What cannot be sent at once is not worth waiting for.
    send("LOGOUT", std::chrono::steady_clock::now());
    session_->finish();
  } catch (const posix::Fault&) {
    dead_ = true;
  }
}

} // namespace stream
