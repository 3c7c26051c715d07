// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/fault.h"

#include <cerrno>
#include <cstring>

namespace posix {

Fault system_fault(int code, const std::string& what) {
  const int error = errno;
  return {code, what + ": " + std::strerror(error)}; // NOLINT(concurrency-mt-unsafe)
}

} // namespace posix
