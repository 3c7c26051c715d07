// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_EARLY_H
#define IMAP_CONNECT_EARLY_H

#include <string>
#include <string_view>
#include <utility>

/// What the client wrote before its session was up.
class Early {
 public:
  /// `fd` is non-blocking.
  explicit Early(int fd) : fd_{fd} {}

  /// The client is at another descriptor now.
  void move_to(int fd) { fd_ = fd; }
  /// Reads what is there, as far as a server has room for it.
  void read();
  /// The whole commands without literals at its beginning, for the flight in which we
  /// authenticate. A literal would be taken for commands should the authentication fail.
  std::string_view whole() const;
  /// All that was read.
  const std::string& peek() const { return octets_; }
  /// Reads, and takes the whole commands out.
  std::string commands();
  /// What is left of it.
  std::string take() { return std::exchange(octets_, {}); }

 private:
  int fd_;
  std::string octets_;
};

#endif
