// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/options.h"

#include <getopt.h>

#include <algorithm>

#include <fmt/format.h>

#include "posix/fault.h"

namespace cli {

namespace {

constexpr int first_code = 256; // above every letter

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

std::string help_text(std::string_view program, std::string_view synopsis,
                      const std::vector<Option>& known) {
  std::string text = fmt::format("Usage: {} {}\n\n", program, synopsis);
  for (const Option& option : known) {
    std::string left = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "    ";
    left += fmt::format("--{}", option.name);
    if (const std::string_view argument =
            option.argument == nullptr ? "" : option.argument;
        argument.starts_with('['))
      left += fmt::format("[={}", argument.substr(1));
    else if (!argument.empty())
      left += fmt::format("={}", argument);
    text += fmt::format("  {:<30} {}\n", left, option.help);
  }
  return text + fmt::format("\nThe manual page {}(1) tells more.\n", program);
}

int argument_kind(const Option& option) {
  if (option.argument == nullptr) return no_argument;
  return option.argument[0] == '[' ? optional_argument : required_argument;
}

} // namespace

Options::Options(int argc, char* const* argv, std::string_view synopsis,
                 const std::vector<Option>& known, bool stop_early) {
  std::vector<Option> all = known;
  all.push_back({"help", 'h', nullptr, "print this help"});
  all.push_back({"version", 0, nullptr, "print the version"});
  std::vector<option> table;
  std::string letters = stop_early ? "+" : "";
  for (int code = first_code; const Option& one : all) {
    table.push_back({one.name, argument_kind(one), nullptr, code++});
    if (one.letter == 0) continue;
    letters += one.letter;
    letters.append(static_cast<std::size_t>(argument_kind(one)), ':');
  }
  table.push_back({});
  const std::string program{base_name(argc > 0 ? argv[0] : "")};
  optind = 0; // glibc: start over, so that a test may parse twice
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  for (int code = 0; (code = ::getopt_long(argc, argv, letters.c_str(), table.data(),
                                           nullptr)) != -1;) {
    if (code == '?')
      throw posix::Fault{EX_USAGE, fmt::format("see '{} --help'", program)};
    const auto chosen =
        code >= first_code
            ? all.begin() + (code - first_code)
            : std::ranges::find(all, static_cast<char>(code), &Option::letter);
    const std::string_view name = chosen->name;
    if (name == "help")
      answer_ = help_text(program, synopsis, all);
    else if (name == "version")
      answer_ = fmt::format("{} (imapsync) {}\n", program, VERSION);
    else
      given_.emplace_back(name, optarg == nullptr ? "" : optarg);
  }
  for (int i = optind; i < argc; ++i) arguments_.emplace_back(argv[i]);
}

bool Options::has(std::string_view name) const { return value(name).has_value(); }

std::optional<std::string> Options::value(std::string_view name) const {
  for (auto it = given_.rbegin(); it != given_.rend(); ++it)
    if (it->first == name) return it->second;
  return {};
}

std::vector<std::string> Options::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [given, value] : given_)
    if (given == name) found.push_back(value);
  return found;
}

} // namespace cli
