// SPDX-License-Identifier: GPL-3.0-or-later
#include "slots.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>

#include "cli/config.h"
#include "posix/fault.h"

namespace {

/// FNV-1a: the name has to be short and nobody's but the configuration's; it need not
/// withstand anybody, as the directory is ours.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4)
    digits += "0123456789abcdef"[(hash >> shift) & 15];
  return digits;
}

/// False if it cannot be made. Throws Fault 78 if it is not ours alone.
bool make_private(const std::string& directory) {
  ::mkdir(directory.c_str(), S_IRWXU);
  struct stat status = {};
  if (::lstat(directory.c_str(), &status) != 0) return false;
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() ||
      (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw posix::Fault{EX_CONFIG, "persist: " + directory +
                                      " is not a directory that belongs to us, with "
                                      "mode 0700"};
  return true;
}

} // namespace

std::optional<Slots> Slots::find(const std::string& side, const std::string& config_file,
                                 std::string& why) {
  const std::string runtime = cli::runtime_directory();
  if (runtime.empty()) {
    why = "XDG_RUNTIME_DIR is not set";
    return std::nullopt;
  }
  const std::string directory = runtime + "/imapsync";
  if (!make_private(directory)) {
    why = posix::system_fault(EX_IOERR, directory).what();
    return std::nullopt;
  }
  Slots slots{directory + "/" + side + "-" + digest(config_file) + "."};
  if (slots.socket(count).size() < sizeof sockaddr_un{}.sun_path) return slots;
  why = directory + ": too long a name for sockets";
  return std::nullopt;
}

posix::Fd Slots::await_turn() const {
  using namespace std::chrono_literals;
  const auto end = std::chrono::steady_clock::now() + 200ms;
  posix::Fd turn = lock_file("turn");
  while (!turn && std::chrono::steady_clock::now() < end) {
    ::poll(nullptr, 0, 1);
    turn = lock_file("turn");
  }
  return turn;
}

posix::Fd Slots::lock_file(const std::string& name) const {
  const std::string path = prefix_ + name;
  posix::Fd file{
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
  if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.reset();
  return file;
}
