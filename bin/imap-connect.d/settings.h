// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_SETTINGS_H
#define IMAP_CONNECT_SETTINGS_H

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "cli/config.h"
#include "stream/proxy.h"
#include "stream/sasl.h"
#include "stream/tls.h"

/// The command line.
struct Options {
  std::string side;
  std::optional<std::string> config;
  bool debug = false;
  bool at_once = false;     ///< connect before PROG says something
  bool probe = false;       ///< print what there is
  bool records = false;     ///< ... for a program
  bool exit = false;        ///< end the sessions that are kept
  char** program = nullptr; ///< PROG and its arguments; null: relay on stdin and stdout
};

enum class Compress { no, yes, automatic };

/// One side of the configuration, as far as it concerns its session.
struct Settings {
  enum class Type { tunnel, imap, imaps };
  Type type = Type::imaps;
  std::string host, port; ///< the host with its brackets, if it is an IP literal
  std::string command;
  bool null_stderr = false;
  bool starttls = true;
  std::optional<stream::Proxy> proxy;
  stream::TlsSettings tls;
  stream::MechanismPolicy policy;
  stream::Credentials credentials;
  std::string password_command, token_command;
  Compress compress = Compress::no;
  bool sandbox = true;
  std::chrono::seconds connect_timeout{}; ///< for each step; NO is a year
  std::chrono::seconds secret_timeout{};  ///< for a command that prints a secret
  std::chrono::seconds idle_timeout{};    ///< 0: none
  std::chrono::seconds persist{};         ///< 0: the session ends with its client
  std::string greeting_file;   ///< see stream::recall_greeting(); empty: nowhere
  std::string config_file;     ///< what the settings are from, absolute
  std::string config_identity; ///< cli::identity_of() it

  /// The end of a step that begins now.
  stream::Deadline deadline() const;
  /// Runs the commands that print the password or the token; `clients` as in
  /// stream::secret_from_command. Throws Fault 78 or 74.
  void obtain_secrets(bool fresh_token, std::span<const int> clients);
};

/// The same path however a file is called; `path` itself if it cannot be told.
std::string real_path(const std::string& path);

/// Reads them, and the password from its descriptor. Throws Fault 78.
Settings read_settings(const Options& options);

#endif
