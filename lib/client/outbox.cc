// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/outbox.h"

#include <utility>

#include "posix/fault.h"

namespace client {

namespace {

constexpr std::size_t worth_writing = std::size_t{8} << 10; // at once, and not copied

} // namespace

void Outbox::command(std::string_view tag, std::string_view text) {
  out_.append(tag);
  out_.append(" ");
  out_.append(text);
  out_.append("\r\n");
}

void Outbox::begin(std::string_view tag, std::string_view text) {
  // Else the server would read it as the literal that it waits for.
  if (!held_.empty())
    throw posix::Fault{EX_SOFTWARE, name_ + ": a command within a literal"};
  streaming_ = true;
  aborted_ = ended_ = false;
  out_.append(tag);
  out_.append(" ");
  out_.append(text);
}

void Outbox::stream(std::string_view octets, bool now) {
  if (aborted_) return;
  if (!held_.empty()) {
    held_.back().append(octets);
    held_octets_ += octets.size();
    return;
  }
  // A body passes through without being copied, as long as the server takes it.
  if (now && out_.empty() && octets.size() >= worth_writing && !unheard_)
    unheard_ = !posix::write_once(fd_, octets, name_);
  if (!unheard_) out_.append(octets);
}

void Outbox::end() {
  ended_ = true;
  free_if_done();
}

void Outbox::leave() {
  if (held_.empty()) return;
  out_.append(held_.front());
  held_octets_ -= held_.front().size();
  held_.pop_front();
  free_if_done();
}

void Outbox::refused() {
  if (held_.empty()) return; // all of it is on its way
  held_.clear();
  held_octets_ = 0;
  aborted_ = true;
  free_if_done();
}

/// While parts of it are held, the command still owns the line.
void Outbox::free_if_done() {
  if (ended_ && held_.empty()) streaming_ = false;
}

void Outbox::write() {
  if (unheard_ || !out_.write_some(fd_, name_)) {
    unheard_ = true;
    out_ = {};
  }
}

void Outbox::clear() {
  out_ = {};
  held_.clear();
  held_octets_ = 0;
  unheard_ = streaming_ = aborted_ = ended_ = false;
}

} // namespace client
