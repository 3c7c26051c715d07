// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <string_view>

#include "cli/options.h"
#include "filter/stdio.h"
#include "imap-state.d/commands.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "state/sqlite.h"

namespace {

const std::vector<cli::Option> known_options{
    {"database", 'd', "FILE", "the database"},
    {"dry-run", 'n', nullptr, "show, plan: read the database only"},
    {"flag-conflicts", 0, "union|merge", "plan: what becomes of conflicting flags"},
    {"max-delete", 0, "N|N%|none", "plan: the most deletions in one mailbox"}};

[[noreturn]] void usage(const std::string& text) {
  throw posix::Fault{EX_USAGE, text + "; see imap-state --help"};
}

Settings parse(const cli::Options& options) {
  Settings settings;
  if (const auto database = options.value("database"); database && !database->empty())
    settings.database = *database;
  else
    usage("--database is missing");
  settings.dry_run = options.has("dry-run");
  if (const auto mode = options.value("flag-conflicts")) {
    if (*mode == "merge")
      settings.plan.conflicts = syncing::Conflicts::merge;
    else if (*mode != "union")
      usage("--flag-conflicts: expected union or merge");
  }
  if (const auto text = options.value("max-delete")) {
    const auto limit = syncing::parse_max_delete(*text);
    if (!limit) usage("--max-delete: expected a number, a percentage or none");
    settings.plan.max_delete = *limit;
  }
  return settings;
}

int run(int argc, char** argv) {
  const cli::Options options{argc, argv, "show|plan|commit|dump|check --database FILE",
                             known_options};
  if (options.answer()) {
    posix::write_all(STDOUT_FILENO, *options.answer(), "standard output");
    return EX_OK;
  }
  if (options.arguments().size() != 1)
    usage("expected one of show, plan, commit, dump and check");
  const std::string_view command = options.arguments().front();
  const Settings settings = parse(options);
  try {
    if (command == "show") return show(settings);
    if (command == "plan") return plan(settings);
    if (command == "commit") return commit(settings);
    if (command == "dump") return dump(settings);
    if (command == "check") return check(settings);
  } catch (const state::Error& error) {
    throw posix::Fault{error.status, error.what()};
  }
  usage("expected show, plan, commit, dump or check, not " + std::string{command});
}

} // namespace

int main(int argc, char** argv) {
  return filter::run_main("imap-state", [&] { return run(argc, argv); });
}
