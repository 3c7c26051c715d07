// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/trace.h"

#include <unistd.h>

#include "imap/ascii.h"
#include "posix/fd.h"

namespace stream {

namespace {

void print(std::string text) {
  text += '\n';
  // One write per line: several relays and filters share standard error.
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

/// The arguments of a command that may carry a secret are cut off.
std::string redact(std::string_view line) {
  const std::size_t tag = line.find(' ');
  if (tag == line.npos) return std::string{line};
  const std::string_view rest = line.substr(tag + 1);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view verb = rest.substr(0, end);
  if (imap::equal_nocase(verb, "LOGIN") || imap::equal_nocase(verb, "AUTHENTICATE"))
    return std::string{line.substr(0, tag + 1 + end)} + " ***";
  return std::string{line};
}

} // namespace

void Trace::sent(std::string_view octets) {
  up_.feed(octets, [&](std::string_view text) {
    line('>', redact(text));
    return false;
  });
}

void Trace::received(std::string_view octets) {
  down_.feed(octets, [&](std::string_view text) {
    line('<', text);
    return false;
  });
}

void Trace::line(char direction, std::string_view text) const {
  if (*this) print(side_ + direction + ' ' + imap::printable(text));
}

void Trace::note(std::string_view text) const {
  if (*this) print("imap-connect: " + side_ + ": " + std::string{text});
}

} // namespace stream
