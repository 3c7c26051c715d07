// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/descriptors.h"

#include <fcntl.h>

#include <charconv>
#include <cstdlib>
#include <string>

#include "imap/ascii.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/message.h"

namespace client {

namespace {

bool parse_pair(std::string_view text, Descriptors& fds) {
  const auto number = [](std::string_view t, int& n) {
    const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), n);
    return error == std::errc{} && end == t.data() + t.size() && n >= 0 &&
           ::fcntl(n, F_GETFD) != -1;
  };
  const std::size_t comma = text.find(',');
  return comma != text.npos && number(text.substr(0, comma), fds.read) &&
         number(text.substr(comma + 1), fds.write);
}

/// Socket, and the inodes of the two pipes that it belongs to: whoever has put something
/// between us and these shall not be passed by.
int direct_socket(const std::string& variable, const Descriptors& fds) {
  const char* text = std::getenv(variable.c_str()); // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return -1;
  const std::string_view value{text};
  const std::size_t comma = value.find(',');
  if (comma == value.npos ||
      value.substr(comma + 1) != posix::inode(fds.read) + "," + posix::inode(fds.write))
    return -1;
  return posix::message_socket(value.substr(0, comma));
}

} // namespace

Descriptors session_descriptors(std::string_view side) {
  const std::string upper = imap::upper(side), variable = "IMAP_" + upper + "_FD";
  const char* text = std::getenv(variable.c_str()); // NOLINT(concurrency-mt-unsafe)
  Descriptors fds{-1, -1, -1};
  if (!text || !parse_pair(text, fds))
    throw posix::Fault{EX_USAGE, variable +
                                     " does not name a session; start this program by "
                                     "imap-connect " +
                                     std::string{side}};
  fds.direct = direct_socket("IMAPSYNC_DIRECT_" + upper + "_FD", fds);
  return fds;
}

} // namespace client
