// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "imap-apply.d/apply.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace {

const std::vector<cli::Option> known_options{
    {"local-reference", 0, "REF", "what stands before local mailbox names"},
    {"remote-reference", 0, "REF", "what stands before remote mailbox names"}};

Options parse(const cli::Options& given) {
  Options options;
  const std::string side = given.arguments().size() == 1 ? given.arguments().front() : "";
  if (side != "local" && side != "remote")
    throw posix::Fault{EX_USAGE, "expected local or remote; see imap-apply --help"};
  options.side = side == "local" ? record::Side::local : record::Side::remote;
  options.local_reference = given.value("local-reference").value_or("");
  options.remote_reference = given.value("remote-reference").value_or("");
  return options;
}

int run(int argc, char** argv) {
  const cli::Options given{argc, argv, "[OPTION...] local|remote", known_options};
  if (given.answer()) {
    posix::write_all(STDOUT_FILENO, *given.answer(), "standard output");
    return EX_OK;
  }
  return Apply{parse(given)}.run();
}

} // namespace

int main(int argc, char** argv) {
  return filter::run_main("imap-apply", [&] { return run(argc, argv); });
}
