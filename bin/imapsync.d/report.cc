// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/messages.h"
#include "posix/fault.h"

namespace {

// A server may take a while; a person shall not wonder for long.
constexpr std::chrono::seconds first_drawn{5}, first_told{10};

using cli::count_text;
using cli::octets_text;
using record::Side;

// It may be an editor's window, that shows escape sequences as they are.
bool is_dumb() {
  const char* term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
  return term == nullptr || *term == '\0' || std::string_view{term} == "dumb";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && *value != '\0';
}

std::size_t terminal_width() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : 80;
}

// The first `columns` columns of a text; a character beyond Latin, Greek and Cyrillic is
// taken to be two columns wide, which errs on the safe side.
std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t used = 0, at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    used += length > 2 ? 2 : 1;
    if (used > columns) break;
    at += length;
  }
  return text.substr(0, at);
}

// Somebody is being asked for a password or a passphrase.
bool terminal_asks() {
  termios modes = {};
  return ::tcgetattr(STDERR_FILENO, &modes) == 0 && (modes.c_lflag & ECHO) == 0;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

} // namespace

Report::Report(bool quiet, bool verbose, const std::string& logfile)
    : quiet_{quiet}, verbose_{verbose}, draws_{!quiet && ::isatty(STDERR_FILENO) == 1 &&
                                               !is_dumb()},
      bold_{draws_ && !is_set("NO_COLOR")} {
  if (logfile.empty()) return;
  log_.reset(::open(logfile.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!log_) throw posix::system_fault(EX_CONFIG, "logfile " + logfile);
  log(fmt::format("{:%Y-%m-%dT%H:%M:%SZ}: started", fmt::gmtime(std::time(nullptr))));
}

void Report::log(const std::string& text) const { log_line("imapsync: " + text); }

void Report::log_line(const std::string& line) const {
  if (!log_) return;
  const std::string octets = line + "\n";
  // A full disk under the log file must not stop the mail.
  if (::write(log_.get(), octets.data(), octets.size()) < 0) return;
}

void Report::error(const std::string& text) {
  clear_progress();
  cli::tell("imapsync", text);
  log(text);
}

void Report::note(const std::string& text) {
  log(text);
  if (!verbose_) return;
  clear_progress();
  cli::tell("imapsync", text);
}

void Report::remark(const std::string& text) {
  if (!quiet_) return error(text);
  log(text);
}

void Report::reason(const std::string& line) {
  clear_progress();
  const std::string octets = line + "\n";
  log_line(line);
  if (::write(STDERR_FILENO, octets.data(), octets.size()) < 0) return;
}

void Report::note_reason(const std::string& line) {
  if (verbose_) return reason(line);
  log_line(line);
}

void Report::pass(std::string_view octets) {
  if (!log_) clear_progress();
  if (::write(stage_error(), octets.data(), octets.size()) < 0) return;
}

void Report::result(const std::string& text) {
  clear_progress();
  log(text);
  if (!quiet_) posix::write_all(STDOUT_FILENO, text + "\n", "standard output");
}

void Report::clear_progress() {
  if (!drawn_) return;
  drawn_ = false;
  if (::write(STDERR_FILENO, "\r\033[K", 4) < 0) return;
}

void Report::draw(const std::string& line) {
  const std::string octets = "\r\033[K" + line;
  drawn_ = ::write(STDERR_FILENO, octets.data(), octets.size()) > 0;
}

void Report::silence(const Tally& tally, std::chrono::seconds time) {
  const auto awaited = tally.awaited();
  if (time < first_drawn || (!awaited && !tally.connected())) return;
  silent_ = true;
  const auto text = [&](std::chrono::seconds shown) {
    return awaited ? fmt::format("waiting for {}, {} s", *awaited, shown.count())
                   : fmt::format("no news from the servers for {} s", shown.count());
  };
  // Until there is a session, ssh may have asked something in the line of the cursor.
  const bool counts = draws_ && tally.connected();
  const bool asks = draws_ && terminal_asks();
  if (time >= first_told && !told_ && (counts || !asks)) {
    told_ = true;
    if (counts)
      log(text(first_told));
    else if (draws_)
      error(text(first_told));
    else
      note(text(first_told));
  }
  if (counts && !asks) draw(std::string{cut(text(time), terminal_width() - 1)});
}

void Report::progress(const Tally& tally) {
  if (silent_) {
    silent_ = told_ = false;
    clear_progress();
  }
  const auto now = Clock::now();
  if (!draws_ || now - last_ < std::chrono::milliseconds{100}) return;
  Tally::Transfer sum;
  for (const Side side : {Side::local, Side::remote}) {
    const Tally::Transfer one = tally.transfer(side);
    sum.messages += one.messages;
    sum.messages_total += one.messages_total;
    sum.octets += one.octets;
    sum.octets_total += one.octets_total;
  }
  if (sum.messages_total == 0) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = static_cast<double>(sum.octets) / std::max(seconds, 0.001);
  std::string numbers = fmt::format(
      " {} of {}, {} of {}, {}/s", count_text(sum.messages),
      count_text(sum.messages_total, "message", "messages"), octets_text(sum.octets),
      octets_text(sum.octets_total), octets_text(static_cast<std::uint64_t>(rate)));
  if (sum.octets > 0 && sum.octets_total >= sum.octets && seconds > 1)
    numbers +=
        fmt::format(", {} left",
                    time_text(static_cast<double>(sum.octets_total - sum.octets) / rate));
  const std::size_t width = terminal_width() - 1;
  const std::string_view fitting = cut(numbers, width);
  const std::string mailbox = cli::printable(tally.current_mailbox());
  draw(fmt::format("{}{}{}{}", bold_ ? "\033[1m" : "",
                   cut(mailbox, width - fitting.size()), bold_ ? "\033[m" : "", fitting));
}

namespace {

std::string side_summary(const Tally& tally, Side side) {
  std::uint64_t counted = 0;
  const auto number = [&](std::string_view what) {
    const auto found = tally.counts(side).find(what);
    return found == tally.counts(side).end() ? 0 : found->second;
  };
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count == 0) return;
    text += fmt::format("{}{}", counted++ == 0 ? "" : ", ", count_text(count, one, many));
  };
  add(number("created"), "mailbox created", "mailboxes created");
  add(number("appended"), "message", "messages");
  if (const auto octets = tally.transfer(side).octets;
      number("appended") > 0 && octets > 0)
    text += fmt::format(" ({})", octets_text(octets));
  add(number("copied"), "message moved or copied", "messages moved or copied");
  add(number("stored"), "flag change", "flag changes");
  add(number("expunged"), "expunged", "expunged");
  add(number("subscribed"), "subscription", "subscriptions");
  return text.empty() ? text : fmt::format("{}: {}", record::name(side), text);
}

} // namespace

std::string achieved(const Tally& tally) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  };
  add(side_summary(tally, Side::local));
  add(side_summary(tally, Side::remote));
  if (tally.paired() > 0)
    add(count_text(tally.paired(), "message", "messages") + " found on both sides");
  return text;
}

std::string summary(const Tally& tally, std::chrono::steady_clock::duration time) {
  std::string text = achieved(tally);
  if (text.empty()) {
    text = "nothing changed";
    if (tally.mailboxes() > 0)
      text += " in " + count_text(tally.mailboxes(), "mailbox", "mailboxes");
  }
  if (const std::size_t count = tally.failures().count(); count > 0)
    text += "; " + count_text(count, "failure", "failures");
  return text + fmt::format("; {:.2f} s", std::chrono::duration<double>(time).count());
}
