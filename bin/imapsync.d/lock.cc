// SPDX-License-Identifier: GPL-3.0-or-later
#include "lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "posix/fault.h"
#include "posix/fd.h"

namespace {

void make_directories(const std::string& path) {
  for (std::size_t at = 1; (at = path.find('/', at)) != path.npos; ++at)
    if (const std::string directory = path.substr(0, at);
        ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      throw posix::system_fault(EX_CONFIG, directory);
}

// Closed again before anybody locks it: POSIX drops a process's locks on a file with the
// first of its descriptors that is closed.
void make_file(const std::string& path) {
  const posix::Fd fd{
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) throw posix::system_fault(EX_CONFIG, path);
}

} // namespace

RunLock::RunLock(const std::string& database) {
  const std::string path = database + ".lock";
  make_directories(path);
  make_file(path);
  bool ours = false;
  try {
    lock_ = boost::interprocess::file_lock{path.c_str()};
    ours = lock_.try_lock();
  } catch (const boost::interprocess::interprocess_exception& error) {
    throw posix::Fault{EX_IOERR, path + ": cannot be locked: " + error.what()};
  }
  if (!ours)
    throw posix::Fault{EX_TEMPFAIL, "another imapsync is running for " + database};
}
