// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_DIALOGUE_H
#define IMAPSYNC_STREAM_DIALOGUE_H

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "posix/fault.h"
#include "stream/response.h"
#include "stream/stream.h"
#include "stream/trace.h"

namespace stream {

/// The line-by-line part of a session, before relaying begins. Everything is bounded: a
/// line has at most max_line octets, no line may announce a literal, and each wait ends
/// with the deadline.
class Dialogue {
 public:
  static constexpr std::size_t max_line = 8192;
  /// Untagged lines before a tagged one.
  static constexpr int max_lines = 1000;

  Dialogue(std::unique_ptr<Stream> stream, Trace& trace, Deadline deadline)
      : stream_{std::move(stream)}, trace_{trace}, deadline_{deadline} {}

  /// The next line without its CRLF. Throws Fault 76 out of bounds, 75 at end of file.
  std::string read_line();

  /// Something will be sent before the server's first line was read: `check` gets that
  /// before read_line() returns another one; and the next one, too, as long as it says
  /// that it was not the one it is about.
  void expect(std::function<bool(const std::string&)> check) {
    expected_ = std::move(check);
  }
  bool expects() const { return bool(expected_); }

  /// Sends all of `octets`; --debug shows `shown` instead.
  void send(std::string_view octets, std::string_view shown);
  /// Sends what the client has said.
  void pass_on(std::string_view octets);

  /// Octets that were read and not yet asked for.
  bool has_rest() const { return !buffer_.empty(); }
  std::string take_rest() { return std::exchange(buffer_, {}); }

  /// Gives the stream up, or takes another one (TLS, deflate).
  std::unique_ptr<Stream> take_stream() { return std::move(stream_); }
  void set_stream(std::unique_ptr<Stream> stream) { stream_ = std::move(stream); }

  std::string next_tag() { return "c" + std::to_string(++tags_); }
  Deadline deadline() const { return deadline_; }
  void set_deadline(Deadline deadline) { deadline_ = deadline; }
  Trace& trace() { return trace_; }

 private:
  void fill();
  std::string next_line();
  void write(std::string_view octets);

  std::unique_ptr<Stream> stream_;
  Trace& trace_;
  Deadline deadline_;
  std::string buffer_;
  std::function<bool(const std::string&)> expected_;
  int tags_ = 0;
};

/// The next response that bears `tag` ("+" for a continuation request); `other` is called
/// with each one before it (response, line).
template <class Other>
Response await(Dialogue& dialogue, std::string_view tag, Other&& other) {
  for (int lines = 0; lines < Dialogue::max_lines; ++lines) {
    const std::string line = dialogue.read_line();
    Response response = parse_response(line);
    if (response.tag == tag) return response;
    check_bye(response);
    other(response, line);
  }
  throw posix::Fault{EX_PROTOCOL, "the server sent too many untagged responses"};
}

/// The capabilities in the answer to a CAPABILITY command that was sent as `tag`. Other
/// untagged lines are appended to `rest`, with CRLF.
Capabilities read_capabilities(Dialogue& dialogue, const std::string& tag,
                               std::string& rest);

/// Sends CAPABILITY and waits for the answer.
Capabilities ask_capabilities(Dialogue& dialogue, std::string& rest);

} // namespace stream

#endif
