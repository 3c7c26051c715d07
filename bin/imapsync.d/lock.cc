// SPDX-License-Identifier: GPL-3.0-or-later
#include "lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>

#include "posix/fault.h"

namespace {

// Above what the stages use, and what a user would name in password-fd.
constexpr int lowest_descriptor = 100;
// Longer than imap-connect waits for the answers to a client that is gone.
constexpr timeval patience{15, 0};

void make_directories(const std::string& path) {
  for (std::size_t at = 1; (at = path.find('/', at)) != path.npos; ++at)
    if (const std::string directory = path.substr(0, at);
        ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      throw posix::system_fault(EX_CONFIG, directory);
}

posix::Fd make_file(const std::string& path) {
  posix::Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) throw posix::system_fault(EX_CONFIG, path);
  return fd;
}

// Blocks until nobody else has the lock, or for as long as our patience lasts. flock
// knows no timeout: a timer interrupts it, again and again lest the first time be missed.
// Whoever started us may have blocked its signal.
bool outwait(int fd) {
  sigset_t alarm, mask;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  struct sigaction interrupt = {}, before = {};
  interrupt.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &interrupt, &before);
  ::sigprocmask(SIG_UNBLOCK, &alarm, &mask);
  const itimerval timer{{1, 0}, patience}, none{};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
  const bool ours = ::flock(fd, LOCK_EX) == 0;
  ::setitimer(ITIMER_REAL, &none, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  return ours;
}

// Two kinds of locks on one file would be at odds on NFS, hence two files.
posix::Fd lock_stages(const std::string& database, const RunLock::Tell& waiting) {
  const std::string path = database + ".stages";
  const posix::Fd file = make_file(path);
  posix::Fd fd = posix::duplicate(file.get(), lowest_descriptor);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) throw posix::system_fault(EX_IOERR, path);
  waiting("waiting for the stages of an imapsync that was killed");
  if (outwait(fd.get())) return fd;
  throw posix::Fault{EX_TEMPFAIL, "stages of an imapsync that was killed are still at "
                                  "work on " +
                                      database};
}

posix::Fault held(const std::string& database) {
  return posix::Fault{EX_TEMPFAIL, "another imapsync is running for " + database};
}

} // namespace

void RunLock::refuse_if_held(const std::string& database) {
  const posix::Fd fd{::open((database + ".lock").c_str(), O_RDONLY | O_CLOEXEC)};
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fd && ::fcntl(fd.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
    throw held(database);
}

RunLock::RunLock(const std::string& database, const Tell& waiting) {
  const std::string path = database + ".lock";
  make_directories(path);
  // Closed again before it is locked: POSIX drops a process's locks on a file with the
  // first of its descriptors that is closed.
  make_file(path).reset();
  bool ours = false;
  try {
    lock_ = boost::interprocess::file_lock{path.c_str()};
    ours = lock_.try_lock();
  } catch (const boost::interprocess::interprocess_exception& error) {
    throw posix::Fault{EX_IOERR, path + ": cannot be locked: " + error.what()};
  }
  if (!ours) throw held(database);
  stages_ = lock_stages(database, waiting);
  const std::string number = std::to_string(stages_.get());
  if (::setenv("IMAPSYNC_RUN_FD", number.c_str(), 1) != 0)
    throw posix::system_fault(EX_OSERR, "setenv");
}
