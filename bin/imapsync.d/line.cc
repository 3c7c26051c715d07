// SPDX-License-Identifier: GPL-3.0-or-later
#include "line.h"

#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>

#include "cli/values.h"
#include "imap/mailbox_name.h"
#include "posix/fault.h"
#include "record/escape.h"
#include "record/record.h"

namespace {

using Words = std::vector<std::string>;

std::string own_directory() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  path.resize(static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/'));
}

// The file that execvp(3) would run; empty if there is none.
std::string in_path(const std::string& name) {
  const char* variable = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
  std::string_view path = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (true) {
    const auto colon = path.find(':');
    const std::string_view directory = path.substr(0, colon);
    std::string file = fmt::format("{}/{}", directory.empty() ? "." : directory, name);
    if (::access(file.c_str(), X_OK) == 0) return file;
    if (colon == path.npos) return {};
    path.remove_prefix(colon + 1);
  }
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat one = {}, other = {};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// A stage is the one that was built or installed with us, else whatever PATH has. For
// people it goes by its bare name where that means the same.
std::string program(const std::string& name, bool for_people) {
  const std::string beside = own_directory() + "/" + name;
  if (::access(beside.c_str(), X_OK) != 0) return name;
  return for_people && same_file(beside, in_path(name)) ? name : beside;
}

void add(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

// An argument cannot hold the null character that stands for the delimiter; imap-changes
// takes \0, and \\ for a backslash.
std::string pattern_argument(std::string_view pattern) {
  std::string text;
  for (const char c : pattern)
    if (c == '\0')
      text += "\\0";
    else if (c == '\\')
      text += "\\\\";
    else
      text += c;
  return text;
}

// What the configuration calls NO is `none` to imap-state.
std::string option_value(const std::string& value) {
  return cli::parse_yes_no(value) == false ? "none" : value;
}

class Builder {
 public:
  Builder(const cli::Config& config, const LineOptions& options)
      : config_{config}, options_{options} {}

  Stage state(const std::string& command) const {
    Stage stage{"imap-state " + command, command, {find("imap-state"), command}, false};
    if (options_.dry_run) add(stage.argv, {"--dry-run"});
    if (command == "plan")
      for (const char* key : {"flag-conflicts", "max-delete"})
        if (config_.is_set("", key))
          add(stage.argv, {"--" + std::string{key}, option_value(config_.text("", key))});
    add(stage.argv, {"--database", options_.database});
    return stage;
  }

  Stage changes(const std::string& side) const {
    Stage stage{"imap-changes " + side, "changes-" + side, connect(side, true), true};
    stage.argv.push_back(find("imap-changes"));
    if (const auto reference = config_.text(side, "list-reference"); !reference.empty())
      add(stage.argv, {"--reference", reference});
    for (const std::string& pattern : config_.mailbox_patterns())
      add(stage.argv, {"--list-mailbox", pattern_argument(pattern)});
    for (const char* key : {"list-select-opts", "ignore-mailbox"})
      if (const auto value = config_.text("", key); !value.empty())
        add(stage.argv, {"--" + std::string{key}, value});
    if (options_.dry_run) add(stage.argv, {"--dry-run"});
    stage.argv.push_back(side);
    stage.lends = side;
    return stage;
  }

  Stage apply(const std::string& side) const {
    Stage stage{"imap-apply " + side, "apply-" + side, connect("local"), true};
    add(stage.argv, connect("remote"));
    stage.argv.push_back(find("imap-apply"));
    for (const std::string one : {"local", "remote"})
      if (const auto reference = config_.text(one, "list-reference"); !reference.empty())
        add(stage.argv, {"--" + one + "-reference", reference});
    stage.argv.push_back(side);
    stage.fetches = side == "local" ? "remote" : "local";
    stage.changes = side;
    return stage;
  }

 private:
  std::string find(const std::string& name) const {
    return program(name, options_.for_people);
  }

  // At once where the session is sure to be used.
  Words connect(const std::string& side, bool at_once = false) const {
    Words words{find("imap-connect")};
    if (options_.config) add(words, {"--config", *options_.config});
    if (options_.debug) add(words, {"--debug"});
    if (at_once) words.emplace_back("--at-once");
    words.push_back(side);
    return words;
  }

  const cli::Config& config_;
  const LineOptions& options_;
};

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{"-_./=+:,@"}.find(c) != std::string_view::npos;
}

std::string shell_quoted(std::string_view word) {
  bool plain = !word.empty();
  for (const char c : word) plain = plain && is_plain(c);
  if (plain) return std::string{word};
  std::string text = "'";
  for (const char c : word)
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  return text + "'";
}

// Records as a format of printf(1).
std::string printf_format(std::string_view records) {
  std::string text;
  for (const char c : records) switch (c) {
    case '\t': text += "\\t"; break;
    case '\n': text += "\\n"; break;
    case '\\': text += "\\\\"; break;
    case '%': text += "%%"; break;
    default: text += c;
    }
  return text;
}

} // namespace

std::vector<Stage> build_line(const cli::Config& config, const LineOptions& options) {
  const Builder builder{config, options};
  std::vector<Stage> line{builder.state("show"), builder.changes("local"),
                          builder.changes("remote"), builder.state("plan")};
  if (!options.dry_run) {
    line.push_back(builder.apply("local"));
    line.push_back(builder.apply("remote"));
    line.push_back(builder.state("commit"));
  }
  for (int number = 1; Stage & stage : line)
    stage.log.insert(0, fmt::format("{}-", number++));
  return line;
}

std::string round_request(std::uint64_t number, const Words& mailboxes,
                          const std::set<std::string>& left) {
  std::string text;
  std::uint64_t count = 0;
  const auto request = [&](record::MaybeMailbox mailbox, const char* what) {
    record::append(text, record::Request{{}, std::move(mailbox), {what}});
    ++count;
  };
  record::append(text, record::Round{{}, {}, number});
  for (const std::string& mailbox : mailboxes) request(mailbox, "sync");
  if (mailboxes.empty()) request({}, "sync");
  for (const std::string& mailbox : left) request(mailbox, "leave");
  record::append(text, record::EndRequests{{}, {}, {}, count});
  record::append(text, record::EndRound{{}, {}, {}, number});
  return text;
}

std::string shell_line(const std::vector<Stage>& line, const Words& mailboxes) {
  std::string text = "printf " + shell_quoted(printf_format(std::string{record::header} +
                                                            round_request(1, mailboxes)));
  for (const Stage& stage : line) {
    text += " |\n ";
    for (const std::string& word : stage.argv) text += " " + shell_quoted(word);
  }
  return text + "\n";
}

std::string canonical_mailbox(std::string_view typed) {
  if (::strncasecmp(typed.data(), "INBOX", typed.size()) == 0 && typed.size() == 5)
    return "INBOX";
  if (imap::is_canonical(typed)) return std::string{typed};
  std::string escaped;
  record::append_escaped(escaped, typed);
  if (imap::is_canonical(escaped)) return escaped;
  throw posix::Fault{EX_USAGE, fmt::format("'{}' is no name of a mailbox: levels are "
                                           "joined by '/', none is empty, '.' or '..'",
                                           escaped)};
}
