// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict.h"

#include <string.h> // NOLINT(modernize-deprecated-headers): strsignal
#include <sys/wait.h>

#include <csignal>
#include <string_view>

#include <fmt/format.h>

#include "posix/fault.h"

namespace {

std::string_view meaning(int status) {
  switch (status) {
  case EX_USAGE: return "usage";
  case EX_DATAERR: return "bad records";
  case EX_NOHOST: return "no such host";
  case EX_UNAVAILABLE: return "the server lacks a capability";
  case EX_SOFTWARE: return "bug";
  case EX_OSERR: return "system error";
  case EX_IOERR: return "input or output";
  case EX_TEMPFAIL: return "try again later";
  case EX_PROTOCOL: return "protocol";
  case EX_NOPERM: return "authentication refused";
  case EX_CONFIG: return "configuration";
  case posix::exit_truncated: return "truncated records";
  default: return "";
  }
}

Failure by_signal(const Ending& ending) {
  const int signal = WTERMSIG(ending.wait_status);
  // Whoever ends a process from outside loses nothing: the next run completes the work.
  const bool outside = signal == SIGKILL || signal == SIGTERM || signal == SIGINT ||
                       signal == SIGHUP || signal == SIGQUIT;
  return {fmt::format("{}: killed by signal {} ({})", ending.name, signal,
                      ::strsignal(signal)), // NOLINT(concurrency-mt-unsafe)
          outside ? EX_TEMPFAIL : EX_SOFTWARE,
          {}};
}

Failure by_exit(const Ending& ending) {
  const int status = WEXITSTATUS(ending.wait_status);
  if (status == 0) return {ending.name + ": ended before its input did", EX_SOFTWARE, {}};
  std::string text = fmt::format("{}: exited with {}", ending.name, status);
  if (const auto what = meaning(status); !what.empty())
    text += fmt::format(" ({})", what);
  // Of tee(1) 1 is all there is to know, and for us it means something else.
  return {text, ending.is_tee ? EX_IOERR : status, ending.is_tee ? "" : ending.name};
}

enum class Rank { culprit, truncated, unread, premature, told, innocent };

Rank rank(const Ending& ending) {
  if (WIFSIGNALED(ending.wait_status)) {
    if (WTERMSIG(ending.wait_status) == SIGPIPE) return Rank::unread;
    return ending.told ? Rank::told : Rank::culprit;
  }
  switch (WEXITSTATUS(ending.wait_status)) {
  case 0: return ending.premature && !ending.is_tee ? Rank::premature : Rank::innocent;
  case EX_IOERR: return Rank::unread;
  case posix::exit_truncated: return Rank::truncated;
  default: return ending.told ? Rank::told : Rank::culprit;
  }
}

// Who a victim lost: its neighbour in the line, if that ended as if all were well, or, as
// a writer that died before its reader, with an input or output of its own that failed.
// Null if the victim's trouble was its own.
const Ending* lost(const std::vector<Ending>& endings, const Ending* victim, int step) {
  const auto at = [&](std::ptrdiff_t i) { return &endings[static_cast<std::size_t>(i)]; };
  std::ptrdiff_t i = victim - endings.data() + step;
  const auto size = static_cast<std::ptrdiff_t>(endings.size());
  while (i >= 0 && i < size && at(i)->is_tee) i += step;
  if (i < 0 || i >= size) return nullptr;
  const int status = at(i)->wait_status;
  const bool failed_before =
      step < 0 && WIFEXITED(status) && WEXITSTATUS(status) == EX_IOERR;
  return status == 0 || failed_before ? at(i) : nullptr;
}

} // namespace

std::optional<Failure> judge(const std::vector<Ending>& endings) {
  const Ending* worst = nullptr;
  Rank lowest = Rank::innocent;
  for (const Ending& ending : endings) {
    const Rank its = rank(ending);
    if (its == Rank::innocent || its > lowest) continue;
    // The first culprit to die; of those that lost their writer the first in the line, of
    // those that lost their reader the last.
    const bool worse = its < lowest || its == Rank::unread ||
                       (its == Rank::culprit && ending.order < worst->order);
    if (worse) worst = &ending;
    lowest = its;
  }
  if (worst == nullptr) return {};
  if (lowest == Rank::truncated || lowest == Rank::unread)
    if (const Ending* neighbour =
            lost(endings, worst, lowest == Rank::truncated ? -1 : 1))
      worst = neighbour;
  if (!WIFSIGNALED(worst->wait_status)) return by_exit(*worst);
  if (lowest == Rank::told)
    return Failure{worst->name + ": did not end in time and was killed", EX_SOFTWARE, {}};
  return by_signal(*worst);
}
