// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/lent.h"

#include <algorithm>
#include <utility>

#include "posix/fault.h"
#include "stream/deflate.h"

namespace stream {

ssize_t Lent::read_session(char* into, std::size_t size) {
  try {
    const ssize_t n = session_->read(into, size);
    if (n == 0) lost_ = true;
    if (n > 0) usage_.answered({into, static_cast<std::size_t>(n)});
    return n;
  } catch (const posix::Fault&) {
    lost_ = true;
    throw;
  }
}

ssize_t Lent::read(char* into, std::size_t size) {
  if (ended_) return 0;
  if (std::exchange(unread_, false)) { // somebody still waits for what is owed
    lost_ = true;
    session_->finish();
  }
  if (!parted_) {
    const ssize_t n = read_session(into, size);
    if (n != again || !usage_.left() || !usage_.quiet()) return n;
    parted_ = true;
    farewell_ = usage_.farewell();
  }
  const std::size_t n = farewell_.copy(into, size);
  farewell_.erase(0, n);
  return static_cast<ssize_t>(n);
}

bool Lent::push() {
  try {
    while (!unsent().empty()) {
      const ssize_t n = session_->write(unsent());
      if (n == again) return false;
      sent_ += static_cast<std::size_t>(n);
    }
  } catch (const posix::Fault&) {
    lost_ = true;
    throw;
  }
  up_.clear();
  sent_ = 0;
  return true;
}

ssize_t Lent::write(std::string_view octets) {
  if (!push()) return again;
  usage_.said(octets, up_);
  push();
  return static_cast<ssize_t>(octets.size());
}

bool Lent::flush() {
  if (!push()) return false;
  try {
    return session_->flush();
  } catch (const posix::Fault&) {
    lost_ = true;
    throw;
  }
}

void Lent::finish() {
  ended_ = !lost_ && unsent().empty() && usage_.quiet();
  unread_ = !ended_;
}

void Lent::deflate(std::string leftover) {
  // What was counted of it was not what the server said.
  if (!leftover.empty()) lost_ = true;
  session_ = open_deflate(std::move(session_), std::move(leftover));
}

} // namespace stream
