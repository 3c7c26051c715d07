// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_LINK_H
#define IMAPSYNC_CLIENT_LINK_H

#include "client/descriptors.h"
#include "posix/fd.h"

namespace client {

/// The two descriptors of a session, under the same numbers whatever they stand for: the
/// relay of imap-connect; the server itself, when imap-connect has nothing to do between
/// the two and was asked ("Direct sessions" in imap-connect(1)); or the session that
/// another filter has lent. What cannot be duplicated, or has no room, is thrown as
/// Fault 71.
class Link {
 public:
  explicit Link(Descriptors descriptors) : fds_{descriptors} {}

  const Descriptors& descriptors() const { return fds_; }
  int read() const { return fds_.read; }
  int write() const { return fds_.write; }

  /// Until use_own().
  void borrow(const Descriptors& lent);
  void use_own();
  bool borrowed() const { return bool(own_read_); }

  /// Asks imap-connect for the server. All that was written before goes there; nothing
  /// must be written until it has answered.
  void ask();
  /// It was asked and has not answered yet.
  bool asked() const { return way_ == Way::asked; }
  /// Something may be heard from imap-connect.
  bool listens() const { return way_ == Way::asked || way_ == Way::direct; }
  enum class News {
    none,
    refused, ///< all stays as it is
    granted, ///< what the relay has passed on is to be read, then go_direct()
    lost     ///< it has ended, and whoever looks after the session with it
  };
  News look();
  /// Reads from and writes to the server from now on.
  void go_direct();
  /// Everything was answered, and nothing more will be asked for: who looks after the
  /// session need not wait to see the server end it.
  void farewell();

 private:
  enum class Way { relayed, asked, direct, refused };

  Descriptors fds_;
  Way way_ = Way::relayed;
  posix::Fd own_read_, own_write_; ///< of the session not used, while one is borrowed
  posix::Fd server_read_, server_write_; ///< granted
};

} // namespace client

#endif
