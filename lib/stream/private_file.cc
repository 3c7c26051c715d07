// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "posix/fd.h"

namespace stream {

namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? std::string{} : path.substr(0, slash);
}

} // namespace

Secret read_private(const std::string& path) {
  Secret content;
  const posix::Fd file{
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      info.st_uid != ::geteuid() || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0 ||
      info.st_size > off_t{largest_private_file})
    return content;
  const auto size = static_cast<std::size_t>(info.st_size);
  const ssize_t n = ::read(file.get(), content.resize(size), size);
  content.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return content;
}

void replace_private(const std::string& path, std::string_view content) {
  const std::string directory = directory_of(path);
  for (const std::string& name : {directory_of(directory), directory})
    if (!name.empty()) ::mkdir(name.c_str(), S_IRWXU);
  std::string name = path + ".XXXXXX";
  posix::Fd file{::mkostemp(name.data(), O_CLOEXEC)}; // mode 0600
  if (!file) return;
  const bool written = ::write(file.get(), content.data(), content.size()) ==
                       static_cast<ssize_t>(content.size());
  file.reset();
  if (!written || ::rename(name.c_str(), path.c_str()) != 0) ::unlink(name.c_str());
}

} // namespace stream
