// SPDX-License-Identifier: GPL-3.0-or-later
#include <getopt.h>

#include <cstdio>

#include "imap-apply.d/apply.h"
#include "posix/fault.h"

namespace {

constexpr const char* usage =
    "usage: imap-apply [--local-reference REF] [--remote-reference REF] "
    "local|remote\n";

enum { opt_local = 256, opt_remote, opt_help, opt_version };

const option long_options[] = {
    {"local-reference", required_argument, nullptr, opt_local},
    {"remote-reference", required_argument, nullptr, opt_remote},
    {"help", no_argument, nullptr, opt_help},
    {"version", no_argument, nullptr, opt_version},
    {},
};

int answer(const char* text) {
  if (std::fputs(text, stdout) < 0 || std::fflush(stdout) != 0)
    throw posix::system_fault(EX_IOERR, "standard output");
  return EX_OK;
}

int run(int argc, char** argv) {
  Options options;
  int c = 0;
  while ((c = getopt_long(argc, argv, "+h", long_options, nullptr)) != -1) {
    switch (c) {
    case opt_local: options.local_reference = optarg; break;
    case opt_remote: options.remote_reference = optarg; break;
    case 'h':
    case opt_help: return answer(usage);
    case opt_version: return answer("imap-apply (imapsync) " VERSION "\n");
    default: std::fputs(usage, stderr); return EX_USAGE;
    }
  }
  const std::string side = optind + 1 == argc ? argv[optind] : "";
  if (side != "local" && side != "remote") {
    std::fputs(usage, stderr);
    return EX_USAGE;
  }
  options.side = side == "local" ? record::Side::local : record::Side::remote;
  return Apply{std::move(options)}.run();
}

} // namespace

int main(int argc, char** argv) {
  return filter::run_main("imap-apply", [&] { return run(argc, argv); });
}
