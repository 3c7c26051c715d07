// SPDX-License-Identifier: GPL-3.0-or-later
#include "config_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config.h"

void ConfigWatch::begin(const std::string& file, const std::string& identity) {
  constexpr unsigned changes = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
  watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  // Where no more watches are to be had, the next client will tell.
  if (watch_) ::inotify_add_watch(watch_.get(), file.c_str(), changes);
  // Looked at after the watch began: nothing passes unseen in between.
  struct stat status = {};
  unchanged_ = ::stat(file.c_str(), &status) == 0 && cli::identity_of(status) == identity;
}

bool ConfigWatch::unchanged() {
  char event[512];
  if (watch_ && ::read(watch_.get(), event, sizeof event) > 0) unchanged_ = false;
  return unchanged_;
}
