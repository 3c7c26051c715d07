// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_DIAL_H
#define IMAPSYNC_STREAM_DIAL_H

#include <chrono>
#include <string>
#include <vector>

#include "posix/fd.h"
#include "stream/stream.h"

struct addrinfo;

namespace stream {

/// A TCP connection that is up.
struct Dialled {
  posix::Fd socket;                       ///< non-blocking, close-on-exec
  std::string address;                    ///< numeric, of the peer
  std::vector<std::string> tried;         ///< every address that was attempted, in order
  std::chrono::microseconds round_trip{}; ///< how long the TCP handshake took
};

/// Connects to host:port over TCP. All addresses are tried, families interleaved, each
/// 250 ms after the one before or as soon as that failed; the first to answer wins
/// (RFC 8305). A host in [brackets] is an address and not looked up. Throws Fault:
/// 68 unknown host, 75 "cannot connect to HOST port PORT: " with each address's error.
Dialled dial(const std::string& host, const std::string& port, Deadline deadline);

/// The same with addresses that are known; `where` is for the fault.
Dialled dial(const addrinfo* addresses, const std::string& where, Deadline deadline);

/// Whether what the kernel has not sent yet is dropped, and the connection reset, when
/// the socket is closed, be it because the process is killed. No effect on anything else.
void drop_unsent(int socket, bool on);

/// The numeric addresses of a host, in the order in which dial() tries them.
std::vector<std::string> resolve(const std::string& host, const std::string& port);

} // namespace stream

#endif
