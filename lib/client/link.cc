// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/link.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "posix/fault.h"
#include "posix/message.h"

namespace client {

namespace {

constexpr std::string_view direct = "direct", answered = "answered";

void stand_for(int fd, int place) {
  if (::dup3(fd, place, O_CLOEXEC) < 0) throw posix::system_fault(EX_OSERR, "dup3");
}

} // namespace

void Link::borrow(const Descriptors& lent) {
  own_read_ = posix::duplicate(fds_.read);
  own_write_ = posix::duplicate(fds_.write);
  stand_for(lent.read, fds_.read);
  stand_for(lent.write, fds_.write);
}

void Link::use_own() {
  stand_for(own_read_.get(), fds_.read);
  stand_for(own_write_.get(), fds_.write);
  own_read_.reset();
  own_write_.reset();
}

void Link::ask() {
  if (borrowed() || way_ != Way::relayed || fds_.direct < 0) return;
  way_ = posix::send_message(fds_.direct, direct) ? Way::asked : Way::refused;
}

Link::News Link::look() {
  posix::Message message;
  const auto received = posix::receive_message(fds_.direct, message);
  if (received == posix::Received::nothing) return News::none;
  if (way_ == Way::direct) return News::lost;
  if (received == posix::Received::end || message.text != direct) {
    way_ = Way::refused;
    return News::refused;
  }
  // Nobody relays any more, and what the server is reached by was dropped.
  if (message.descriptors.size() != 2)
    throw posix::Fault{EX_OSERR, "no room for the descriptors of a session"};
  server_read_ = std::move(message.descriptors[0]);
  server_write_ = std::move(message.descriptors[1]);
  return News::granted;
}

void Link::go_direct() {
  stand_for(server_read_.get(), fds_.read);
  stand_for(server_write_.get(), fds_.write);
  server_read_.reset();
  server_write_.reset();
  way_ = Way::direct;
}

void Link::farewell() {
  if (way_ == Way::direct) (void)posix::send_message(fds_.direct, answered);
}

} // namespace client
