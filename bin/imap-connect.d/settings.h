// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SETTINGS_H
#define IMAP_CONNECT_SETTINGS_H

#include <chrono>
#include <string>

#include "cli/config.h"
#include "stream/login.h"

/// The command line.
struct Options {
  std::string side;
  std::optional<std::string> config;
  bool debug = false;
  char** program = nullptr; ///< PROG and its arguments; null: relay on stdin and stdout
};

/// One side of the configuration, as far as it concerns its session.
struct Settings {
  enum class Type { tunnel, imap, imaps };
  Type type = Type::imaps;
  std::string host, port; ///< the host with its brackets, if it is an IP literal
  std::string command;
  bool null_stderr = false;
  bool starttls = true;
  stream::MechanismPolicy policy;
  stream::Credentials credentials;
  std::chrono::seconds connect_timeout{30}; ///< for each step; a year if it is NO

  /// The end of a step that begins now.
  stream::Deadline deadline() const;
};

/// Reads them. Throws Fault 78.
Settings read_settings(const Options& options);

#endif
