// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/dialogue.h"

#include "stream/lines.h"

namespace stream {

void Dialogue::fill() {
  char octets[4096];
  for (;;) {
    const ssize_t n = stream_->read(octets, sizeof octets);
    if (n == 0) throw posix::Fault{EX_TEMPFAIL, "the server closed the connection"};
    if (n != Stream::again) {
      buffer_.append(octets, static_cast<std::size_t>(n));
      return;
    }
    wait_for(stream_->read_wait(), deadline_, "waiting for the server");
  }
}

std::string Dialogue::read_line() {
  if (const auto check = std::exchange(expected_, {}))
    for (int lines = 0; !check(next_line());)
      if (++lines == max_lines)
        throw posix::Fault{EX_PROTOCOL, "the server sent too many lines and no greeting"};
  return next_line();
}

std::string Dialogue::next_line() {
  std::size_t end = 0;
  while ((end = buffer_.find('\n')) == buffer_.npos && buffer_.size() <= max_line) fill();
  if (end > max_line)
    throw posix::Fault{EX_PROTOCOL, "the server sent a line of more than 8192 octets"};
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  trace_.line('<', line);
  if (announced_literal(line))
    throw posix::Fault{EX_PROTOCOL, "the server sent a literal before authentication"};
  return line;
}

void Dialogue::send(std::string_view octets, std::string_view shown) {
  trace_.line('>', shown);
  write(octets);
}

void Dialogue::pass_on(std::string_view octets) {
  trace_.sent(octets);
  write(octets);
}

void Dialogue::write(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = stream_->write(octets);
    if (n == Stream::again)
      wait_for(stream_->write_wait(), deadline_, "sending to the server");
    else
      octets.remove_prefix(static_cast<std::size_t>(n));
  }
  while (!stream_->flush())
    wait_for(stream_->write_wait(), deadline_, "sending to the server");
}

Capabilities read_capabilities(Dialogue& dialogue, const std::string& tag,
                               std::string& rest) {
  Capabilities found;
  const Response end =
      await(dialogue, tag, [&](const Response& response, const std::string& line) {
        if (auto list = capabilities_in(response))
          found = std::move(*list);
        else
          rest += line + "\r\n";
      });
  if (end.status != "OK") refuse(end, EX_PROTOCOL, "CAPABILITY was refused");
  return found;
}

Capabilities ask_capabilities(Dialogue& dialogue, std::string& rest) {
  const std::string tag = dialogue.next_tag();
  dialogue.send(tag + " CAPABILITY\r\n", tag + " CAPABILITY");
  return read_capabilities(dialogue, tag, rest);
}

} // namespace stream
