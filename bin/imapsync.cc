// SPDX-License-Identifier: GPL-3.0-or-later
// The command that people run: configuration, lock, pipeline, summary.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/pattern.h"
#include "imapsync.d/children.h"
#include "imapsync.d/line.h"
#include "imapsync.d/lock.h"
#include "imapsync.d/report.h"
#include "imapsync.d/secret_fd.h"
#include "imapsync.d/session.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace {

constexpr int patience_ms = 2000; // for what outlives the stages

const std::vector<cli::Option> known_options{
    {"config", 'c', "FILE", "read FILE instead of the default configuration"},
    {"quiet", 'q', nullptr, "say only what went wrong"},
    {"verbose", 'v', nullptr, "say more"},
    {"debug", 0, nullptr, "show what is said to the servers, but no secrets"},
    {"dry-run", 'n', nullptr, "print what would be done, change nothing"},
    {"stage-log", 0, "DIR", "write the output of each stage to a file in DIR"},
    {"print-pipeline", 0, nullptr, "print the command line of the pipeline"}};

std::string absolute(const std::string& path) {
  std::error_code error; // of the working directory, which may have been removed
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) throw posix::Fault{EX_CONFIG, path + ": " + error.message()};
  return whole.lexically_normal().string();
}

void make_log_directory(const std::string& path) {
  if (path.empty()) throw posix::Fault{EX_USAGE, "--stage-log: expected a directory"};
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw posix::system_fault(EX_IOERR, path);
  if (!std::filesystem::is_directory(path))
    throw posix::Fault{EX_IOERR, path + ": is no directory"};
}

Session::Result synchronise(const cli::Options& options, const cli::Config& config,
                            const LineOptions& asked,
                            const std::vector<std::string>& mailboxes) {
  Report report{options.has("quiet"), options.has("verbose"), config.text("", "logfile")};
  Pipeline::Setup setup;
  // Before Children takes the signals that end a program: it may have to wait.
  std::optional<RunLock> lock;
  const auto waiting = [&](const char* text) { report.note(text); };
  if (asked.dry_run) // what a run has under way would look like a fault
    RunLock::refuse_if_held(asked.database);
  else
    setup.lock = lock.emplace(asked.database, waiting).of_stages();
  Children children;
  setup.error = report.stage_error();
  Voices voices{[&report](std::string_view octets) { report.pass(octets); }};
  if (!asked.debug) setup.voices = &voices;
  if (const auto directory = options.value("stage-log")) {
    make_log_directory(*directory);
    setup.log_directory = *directory;
  }
  const SecretFds secrets{config};
  setup.descriptors = secrets.descriptors();
  const std::vector<Stage> line = build_line(config, asked);
  Session session{children, report, line, mailboxes, setup, asked.dry_run};
  Session::Result result{};
  try {
    result = session.run();
  } catch (...) {
    children.end_all(patience_ms);
    for (const std::string& said : voices.take({}).others) report.reason(said);
    throw;
  }
  children.end_all(result.signal != 0 ? patience_ms / 4 : patience_ms);
  voices.read();
  return result;
}

// imap-changes would say it as well, but not where it stands, and when all is started.
void check_expression(const cli::Config& config) {
  const std::string expression = config.text("", "ignore-mailbox");
  if (expression.empty()) return;
  try {
    const cli::Pattern pattern{expression};
  } catch (const posix::Fault& fault) {
    config.refuse("", "ignore-mailbox", fault.what());
  }
}

int run(int argc, char** argv) {
  const cli::Options options{argc, argv, "[OPTION...] [MAILBOX...]", known_options};
  if (options.answer()) {
    posix::write_all(STDOUT_FILENO, *options.answer(), "standard output");
    return EX_OK;
  }
  LineOptions asked;
  const auto given = options.value("config");
  const std::string path = absolute(cli::config_path(given));
  cli::Config config = cli::Config::load(path);
  for (const char* side : {"local", "remote"}) config.require_side(side);
  check_expression(config);
  config.wipe_secrets();
  if (given) asked.config = path;
  asked.database = cli::database_path(config);
  asked.debug = options.has("debug");
  asked.dry_run = options.has("dry-run");
  std::vector<std::string> mailboxes;
  for (const std::string& name : options.arguments())
    mailboxes.push_back(canonical_mailbox(name));
  if (options.has("print-pipeline")) {
    asked.for_people = true;
    posix::write_all(STDOUT_FILENO, shell_line(build_line(config, asked), mailboxes),
                     "standard output");
    return EX_OK;
  }
  const auto [status, signal] = synchronise(options, config, asked, mailboxes);
  if (signal != 0) die_by(signal);
  return status;
}

} // namespace

int main(int argc, char** argv) {
  posix::hold_standard_descriptors();
  try {
    return run(argc, argv);
  } catch (const posix::Fault& fault) {
    cli::tell("imapsync", cli::printable(fault.what()));
    return fault.status;
  } catch (const std::exception& fault) {
    cli::tell("imapsync", std::string{"bug: "} + cli::printable(fault.what()));
    return EX_SOFTWARE;
  }
}
