// SPDX-License-Identifier: GPL-3.0-or-later
#include "secret_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "posix/fault.h"

namespace {

constexpr std::size_t max_secret = 65536;

posix::Fd memory_file_of(int pipe) {
  posix::Fd file{::memfd_create("secret", MFD_CLOEXEC)};
  if (!file) throw posix::system_fault(EX_OSERR, "memfd_create");
  std::size_t size = 0;
  while (size < max_secret) {
    const ssize_t n = ::splice(pipe, nullptr, file.get(), nullptr, max_secret - size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw posix::system_fault(EX_CONFIG, fmt::format("password-fd {}", pipe));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

} // namespace

SecretFds::SecretFds(const cli::Config& config) {
  for (const char* side : {"local", "remote"}) {
    const auto number = config.get(side, "password-fd");
    if (!number) continue;
    const int fd = std::atoi(number->c_str()); // NOLINT(cert-err34-c): was checked
    if (std::ranges::find(fds_, fd, &std::pair<posix::Fd, int>::second) != fds_.end())
      continue;
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
      throw posix::system_fault(EX_CONFIG, fmt::format("password-fd {}", fd));
    // A duplicate keeps the number of the original free for the stages' dup2.
    fds_.emplace_back(
        S_ISFIFO(status.st_mode) ? memory_file_of(fd) : posix::duplicate(fd, 100), fd);
  }
}

std::vector<std::pair<int, int>> SecretFds::descriptors() const {
  std::vector<std::pair<int, int>> pairs;
  for (const auto& [ours, number] : fds_) pairs.emplace_back(ours.get(), number);
  return pairs;
}
