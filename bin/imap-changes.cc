// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "imap-changes.d/changes.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace {

const std::vector<cli::Option> known_options{
    {"reference", 0, "REF", "the reference name of LIST"},
    {"list-mailbox", 0, "PATTERN", "list only what matches; can be repeated"},
    {"list-select-opts", 0, "OPTIONS", "selection options of LIST, such as SUBSCRIBED"},
    {"ignore-mailbox", 0, "PCRE", "ignore mailboxes that match"},
    {"dry-run", 'n', nullptr, "open mailboxes read-only"}};

/// `\0` and `\\` of a pattern: an argument cannot hold the NUL that stands for the
/// hierarchy delimiter.
std::string unescape(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escape = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escape) ++i;
    text += escape && pattern[i] == '0' ? '\0' : pattern[i];
  }
  return text;
}

Options parse(const cli::Options& given) {
  Options options;
  const std::string side = given.arguments().size() == 1 ? given.arguments().front() : "";
  if (side != "local" && side != "remote")
    throw posix::Fault{EX_USAGE, "expected local or remote; see imap-changes --help"};
  options.side = side == "local" ? record::Side::local : record::Side::remote;
  options.reference = given.value("reference").value_or("");
  for (const std::string& pattern : given.values("list-mailbox"))
    options.patterns.push_back(unescape(pattern));
  options.select_options = given.value("list-select-opts").value_or("");
  options.dry_run = given.has("dry-run");
  options.ignore = given.value("ignore-mailbox").value_or("");
  return options;
}

int run(int argc, char** argv) {
  const cli::Options given{argc, argv, "[OPTION...] local|remote", known_options};
  if (given.answer()) {
    posix::write_all(STDOUT_FILENO, *given.answer(), "standard output");
    return EX_OK;
  }
  return Changes{parse(given)}.run();
}

} // namespace

int main(int argc, char** argv) {
  return filter::run_main("imap-changes", [&] { return run(argc, argv); });
}
