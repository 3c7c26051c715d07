// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "imap-connect.d/chain.h"
#include "imap-connect.d/persist.h"
#include "imap-connect.d/probe.h"
#include "imap-connect.d/serve.h"
#include "imap-connect.d/settings.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace {

constexpr const char* synopsis =
    "[--config FILE] [--debug] [--at-once] SIDE [PROG [ARG...]]\n"
    "       imap-connect [--config FILE] [--debug] --probe [--records] SIDE\n"
    "       imap-connect [--config FILE] --exit SIDE\n"
    "Open the IMAP session of SIDE (local or remote) and hand it, authenticated, to\n"
    "PROG, or relay it on standard input and output.";

const std::vector<cli::Option> known_options{
    {"config", 0, "FILE", "the configuration, imapsync(5)"},
    {"debug", 0, nullptr, "show all IMAP traffic but literals and secrets"},
    {"at-once", 0, nullptr, "connect before PROG says something"},
    {"probe", 0, nullptr, "print what is found on the way to the server, and of it"},
    {"records", 0, nullptr, "... as names and values separated by TABs"},
    {"exit", 0, nullptr, "end the sessions that are kept (persist)"}};

/// Makes our standard input or output non-blocking, and puts it back at the end: the
/// shell may share it.
class NonBlocking {
 public:
  explicit NonBlocking(int fd) : fd_{fd} { posix::set_nonblocking(fd_); }
  NonBlocking(const NonBlocking&) = delete;
  NonBlocking& operator=(const NonBlocking&) = delete;
  ~NonBlocking() {
    try {
      posix::set_nonblocking(fd_, false);
    } catch (const posix::Fault&) {
      // It was closed meanwhile.
    }
  }

 private:
  int fd_;
};

Options parse(const cli::Options& given, char** argv_end) {
  Options options;
  options.config = given.value("config");
  options.debug = given.has("debug");
  options.at_once = given.has("at-once");
  options.probe = given.has("probe");
  options.records = given.has("records");
  options.exit = given.has("exit");
  const std::vector<std::string>& arguments = given.arguments();
  if (arguments.empty()) throw posix::Fault{EX_USAGE, "expected SIDE: local or remote"};
  options.side = arguments.front();
  if (options.side != "local" && options.side != "remote")
    throw posix::Fault{EX_USAGE, "expected local or remote, not " + options.side};
  if (const auto words = static_cast<std::ptrdiff_t>(arguments.size()) - 1; words > 0)
    options.program = argv_end - words;
  if (options.probe ? options.program != nullptr : options.records)
    throw posix::Fault{EX_USAGE, "--probe takes no program, --records wants --probe"};
  if (options.exit && (options.program != nullptr || options.probe))
    throw posix::Fault{EX_USAGE, "--exit takes a side and no more"};
  return options;
}

int run(int argc, char** argv) {
  // Options after SIDE are PROG's.
  const cli::Options given{argc, argv, synopsis, known_options, true};
  if (given.answer()) {
    posix::write_all(STDOUT_FILENO, *given.answer(), "standard output");
    return EX_OK;
  }
  const Options options = parse(given, argv + argc);
  if (options.exit) return end_kept(options);
  if (options.program != nullptr) return run_program(options);
  Orders orders = take_orders(options);
  if (options.probe) return probe(options, std::move(orders));
  const NonBlocking in{STDIN_FILENO}, out{STDOUT_FILENO};
  return serve(options, std::move(orders), {STDIN_FILENO, STDOUT_FILENO}, false);
}

} // namespace

int main(int argc, char** argv) {
  posix::hold_standard_descriptors();
  try {
    // Straight out: in the sandbox there is nothing that is worth tidying up with.
    ::_exit(run(argc, argv));
  } catch (const posix::Fault& fault) {
    std::fprintf(stderr, "imap-connect: %s\n", fault.what());
    return fault.status;
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "imap-connect: internal error: %s\n", bug.what());
    return EX_SOFTWARE;
  }
}
