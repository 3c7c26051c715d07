// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/offspring.h"

#include <unistd.h>

#include <cstdio>
#include <memory>

namespace posix {

std::vector<pid_t> children_of_our_session() {
  std::vector<pid_t> found;
  const std::unique_ptr<FILE, int (*)(FILE*)> list{
      std::fopen("/proc/thread-self/children", "re"), &std::fclose};
  int pid = 0;
  // NOLINTNEXTLINE(cert-err34-c): the kernel writes plain numbers
  while (list && std::fscanf(list.get(), "%d", &pid) == 1)
    if (::getsid(pid) == ::getsid(0)) found.push_back(pid);
  return found;
}

} // namespace posix
