// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/config.h"
#include "posix/fault.h"

namespace cli {

namespace {

// The XDG base directory specification has relative paths ignored.
std::string absolute_variable(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && value[0] == '/' ? value : "";
}

std::string base_directory(const char* variable, const std::string& below_home) {
  if (std::string set = absolute_variable(variable); !set.empty()) return set;
  const std::string home = absolute_variable("HOME");
  if (home.empty())
    throw posix::Fault{EX_CONFIG,
                       std::string{"neither "} + variable + " nor HOME is set to a path"};
  return home + "/" + below_home;
}

bool is_kind(const std::string& path, mode_t kind) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

} // namespace

std::string identity_of(const struct stat& status) {
  std::string text;
  for (const auto number : {static_cast<std::intmax_t>(status.st_dev),
                            static_cast<std::intmax_t>(status.st_ino),
                            static_cast<std::intmax_t>(status.st_size),
                            static_cast<std::intmax_t>(status.st_mtim.tv_sec),
                            static_cast<std::intmax_t>(status.st_mtim.tv_nsec),
                            static_cast<std::intmax_t>(status.st_ctim.tv_sec),
                            static_cast<std::intmax_t>(status.st_ctim.tv_nsec)})
    text += std::to_string(number) + ".";
  return text;
}

std::string config_path(const std::optional<std::string>& given) {
  if (given && given->empty())
    throw posix::Fault{EX_USAGE, "--config: expected the name of a file"};
  if (given &&
      (given->starts_with('/') || given->starts_with("./") || given->starts_with("../")))
    return *given;
  const std::string ours = base_directory("XDG_CONFIG_HOME", ".config") + "/imapsync";
  if (given) return is_kind(ours, S_IFDIR) ? ours + "/" + *given : *given;
  if (is_kind(ours, S_IFREG)) return ours;
  if (!is_kind(ours + "/config", S_IFREG))
    throw posix::Fault{EX_CONFIG, ours + "/config: no such file; imapsync(5) tells what "
                                         "it should hold"};
  return ours + "/config";
}

std::string database_path(const Config& config) {
  std::string path = config.get("", "database").value_or("");
  if (path.empty()) path = config.text("remote", "host") + ".db";
  if (path.starts_with('/')) return path;
  return base_directory("XDG_DATA_HOME", ".local/share") + "/imapsync/" + path;
}

std::string cache_directory() {
  if (std::string set = absolute_variable("XDG_CACHE_HOME"); !set.empty()) return set;
  const std::string home = absolute_variable("HOME");
  return home.empty() ? home : home + "/.cache";
}

std::string runtime_directory() { return absolute_variable("XDG_RUNTIME_DIR"); }

} // namespace cli
