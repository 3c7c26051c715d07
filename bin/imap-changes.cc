// SPDX-License-Identifier: GPL-3.0-or-later
#include <getopt.h>

#include <cstdio>

#include "imap-changes.d/changes.h"
#include "posix/fault.h"

namespace {

constexpr const char* usage =
    "usage: imap-changes [--reference REF] [--list-mailbox PATTERN]... "
    "[--list-select-opts OPTS]\n"
    "                    [--ignore-mailbox PCRE] local|remote\n";

enum { opt_reference = 256, opt_pattern, opt_select, opt_ignore, opt_help, opt_version };

const option long_options[] = {
    {"reference", required_argument, nullptr, opt_reference},
    {"list-mailbox", required_argument, nullptr, opt_pattern},
    {"list-select-opts", required_argument, nullptr, opt_select},
    {"ignore-mailbox", required_argument, nullptr, opt_ignore},
    {"help", no_argument, nullptr, opt_help},
    {"version", no_argument, nullptr, opt_version},
    {},
};

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
    case opt_reference: options.reference = optarg; break;
    case opt_pattern: options.patterns.push_back(unescape(optarg)); break;
    case opt_select: options.select_options = optarg; break;
    case opt_ignore: options.ignore = optarg; break;
    case 'h':
    case opt_help: return answer(usage);
    case opt_version: return answer("imap-changes (imapsync) " VERSION "\n");
    default: std::fputs(usage, stderr); return EX_USAGE;
    }
  }
  const std::string side = optind + 1 == argc ? argv[optind] : "";
  if (side != "local" && side != "remote") {
    std::fputs(usage, stderr);
    return EX_USAGE;
  }
  options.side = side == "local" ? record::Side::local : record::Side::remote;
  return Changes{std::move(options)}.run();
}

} // namespace

int main(int argc, char** argv) {
  return filter::run_main("imap-changes", [&] { return run(argc, argv); });
}
