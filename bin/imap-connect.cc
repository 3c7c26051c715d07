// SPDX-License-Identifier: GPL-3.0-or-later
#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "imap-connect.d/chain.h"
#include "imap-connect.d/persist.h"
#include "imap-connect.d/probe.h"
#include "imap-connect.d/serve.h"
#include "imap-connect.d/settings.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace {

constexpr char usage[] =
    "Usage: imap-connect [--config FILE] [--debug] SIDE [PROG [ARG...]]\n"
    "       imap-connect [--config FILE] [--debug] --probe [--records] SIDE\n"
    "       imap-connect [--config FILE] --exit SIDE\n"
    "Open the IMAP session of SIDE (local or remote) and hand it, authenticated, to\n"
    "PROG, or relay it on standard input and output.\n"
    "\n"
    "  --config FILE  the configuration, imapsync(5)\n"
    "  --debug        show all IMAP traffic but literals; secrets are redacted\n"
    "  --probe        print what is found on the way to the server, and of it\n"
    "  --records      ... as names and values separated by TABs\n"
    "  --exit         end the sessions that are kept (persist)\n"
    "  --help         show this\n"
    "  --version      show the version\n";

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

enum : int {
  config_option = 1,
  debug_option,
  probe_option,
  records_option,
  exit_option,
  help_option,
  version_option
};

constexpr option long_options[] = {{"config", required_argument, nullptr, config_option},
                                   {"debug", no_argument, nullptr, debug_option},
                                   {"probe", no_argument, nullptr, probe_option},
                                   {"records", no_argument, nullptr, records_option},
                                   {"exit", no_argument, nullptr, exit_option},
                                   {"help", no_argument, nullptr, help_option},
                                   {"version", no_argument, nullptr, version_option},
                                   {}};

[[noreturn]] void print_and_exit(const char* text) {
  if (std::fputs(text, stdout) < 0 || std::fflush(stdout) != 0)
    throw posix::system_fault(EX_IOERR, "standard output");
  ::_exit(EX_OK);
}

Options parse(int argc, char** argv) {
  Options options;
  int choice = 0;
  // "+": options after SIDE and PROG are PROG's.
  while ((choice = ::getopt_long(argc, argv, "+", long_options, nullptr)) != -1) {
    switch (choice) {
    case config_option: options.config = optarg; break;
    case debug_option: options.debug = true; break;
    case probe_option: options.probe = true; break;
    case records_option: options.records = true; break;
    case exit_option: options.exit = true; break;
    case help_option: print_and_exit(usage);
    case version_option: print_and_exit("imap-connect (imapsync) " VERSION "\n");
    default: throw posix::Fault{EX_USAGE, "see imap-connect --help"};
    }
  }
  if (optind == argc) throw posix::Fault{EX_USAGE, "expected SIDE: local or remote"};
  options.side = argv[optind++];
  if (options.side != "local" && options.side != "remote")
    throw posix::Fault{EX_USAGE, "expected local or remote, not " + options.side};
  if (optind < argc) options.program = argv + optind;
  if (options.probe ? options.program != nullptr : options.records)
    throw posix::Fault{EX_USAGE, "--probe takes no program, --records wants --probe"};
  if (options.exit && (options.program != nullptr || options.probe))
    throw posix::Fault{EX_USAGE, "--exit takes a side and no more"};
  return options;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.exit) return end_kept(options);
  if (options.program != nullptr) return run_program(options);
  Orders orders = take_orders(options);
  if (options.probe) return probe(options, std::move(orders));
  const NonBlocking in{STDIN_FILENO}, out{STDOUT_FILENO};
  return serve(options, std::move(orders), {STDIN_FILENO, STDOUT_FILENO}, false);
}

} // namespace

int main(int argc, char** argv) {
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
