// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_CONFIG_H
#define IMAPSYNC_CLI_CONFIG_H

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Command lines, configuration, messages to people.
namespace cli {

/// The configuration file, imapsync(5): an INI file with a default section, [local] and
/// [remote]. Every value is checked when the file is read, so that later look-ups cannot
/// fail. `side` is "local", "remote", or "" for the default section.
class Config {
 public:
  Config() = default;
  Config(Config&&) = default;
  Config& operator=(Config&&) = default;
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
  ~Config() { wipe_secrets(); }

  /// Reads the file at `path`. Throws Fault 78 naming FILE:LINE, the key and what is
  /// expected; a value of a key that holds a secret is never part of the message.
  static Config load(const std::string& path);
  /// The same for a text; `name` stands for the file in messages.
  static Config parse(std::string_view text, const std::string& name);

  const std::string& path() const { return path_; }
  /// identity_of() the file that was read; empty if it was none.
  const std::string& identity() const { return identity_; }

  /// Throws Fault 78 if the section of `side` is absent or lacks a key that its type
  /// needs. To be called before a side is used.
  void require_side(std::string_view side) const;

  /// The value for `side`: from its section, else from the default section where the key
  /// may stand there for both, else the built-in default, else nothing.
  std::optional<std::string> get(std::string_view side, std::string_view key) const;
  /// Whether the file itself sets `key` for `side` (there or in the default section).
  bool is_set(std::string_view side, std::string_view key) const;

  /// Throws Fault 78: `what`, and FILE:LINE where `key` is set for `side`.
  [[noreturn]] void refuse(std::string_view side, std::string_view key,
                           std::string_view what) const;

  /// Which of `password`, `password-command` and `password-fd` is in effect for `side`:
  /// that of its section, else that of the default section; empty if none. Throws Fault
  /// 78 where a section has two.
  std::string_view password_key(std::string_view side) const;

  /// The value, or an empty text.
  std::string text(std::string_view side, std::string_view key) const;
  /// A YES/NO key.
  bool yes(std::string_view side, std::string_view key) const;
  /// `connect-timeout` and the like; zero stands for NO.
  std::chrono::seconds duration(std::string_view side, std::string_view key) const;
  /// A space-separated list such as `auth` or SSL_fingerprint.
  std::vector<std::string> words(std::string_view side, std::string_view key) const;
  /// A port number or service name; the default goes by the side's type. Empty for a
  /// tunnel.
  std::string port(std::string_view side) const;
  /// `host` without the square brackets of an IP literal.
  std::string host(std::string_view side) const;
  /// Whether `host` is an IP literal in square brackets: no name resolution, no SNI.
  bool host_is_literal(std::string_view side) const;
  /// `list-mailbox` unquoted, one pattern each; a null character stands for the hierarchy
  /// delimiter. Empty if not set.
  std::vector<std::string> mailbox_patterns() const;

  /// To be called by who is about to use a secret from this file. Throws Fault 78 unless
  /// the file is ours and closed to group and others.
  void require_private() const;
  /// Overwrites and drops all passwords: for a program that needs none of them.
  void wipe_secrets();

 private:
  struct Value {
    std::string text;
    int line = 0;
  };
  struct Section {
    int line = 0;
    std::map<std::string, Value, std::less<>> values;
  };

  void add_section(const std::string& name, int line);
  void add_value(const std::string& section, std::string_view key, std::string_view value,
                 int line);
  const Value* find(std::string_view side, std::string_view key) const;

  std::string path_, identity_;
  std::map<std::string, Section, std::less<>> sections_;
  bool from_file_ = false;
  uid_t owner_ = 0;
  mode_t mode_ = 0;
};

/// What is another text as soon as another file is in its place, or it was written to.
std::string identity_of(const struct stat& status);

/// The file that `--config` names, or the default one; see FILES in imapsync(5). Throws
/// Fault 78 if there is none, 64 if its name is empty.
std::string config_path(const std::optional<std::string>& given);

/// The database file: `database`, relative to $XDG_DATA_HOME/imapsync, or HOST.db there.
std::string database_path(const Config& config);

/// $XDG_CACHE_HOME, or ~/.cache; empty if neither is an absolute path.
std::string cache_directory();

/// $XDG_RUNTIME_DIR if it is set to an absolute path, else empty.
std::string runtime_directory();

} // namespace cli

#endif
