// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "posix/fault.h"

namespace stream {

namespace {

/// A negative window size means: no zlib header, no checksum (RFC 4978 section 4).
constexpr int raw_window = -15;

/// Compressed octets that may wait for the layer below before write() stops taking more.
constexpr std::size_t most_waiting = std::size_t{64} * 1024;

Bytef* octets(const char* text) {
  // zlib reads through a pointer to non-const but does not write there.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

uInt bounded(std::size_t size) {
  return static_cast<uInt>(std::min(size, std::size_t{1} << 20U));
}

class Deflate : public Stream {
 public:
  Deflate(std::unique_ptr<Stream> below, std::string leftover);
  ~Deflate() override {
    inflateEnd(&in_);
    deflateEnd(&out_);
  }

  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(std::string_view octets) override;
  bool flush() override;
  void finish() override { below_->finish(); }
  pollfd read_wait() const override { return below_->read_wait(); }
  pollfd write_wait() const override { return below_->write_wait(); }

 private:
  ssize_t inflate_some(char* into, std::size_t size);
  void compress(std::string_view octets, int flush);
  bool push();

  std::unique_ptr<Stream> below_;
  std::string leftover_;            ///< first input, then empty
  std::array<char, 32768> input_{}; ///< what in_ consumes after that
  std::string output_;              ///< compressed; octets before sent_ are gone
  std::size_t sent_ = 0;
  bool dirty_ = false; ///< octets sit in out_ since the last flush
  bool ended_ = false; ///< the peer ended its deflate stream
  z_stream in_{}, out_{};
};

Deflate::Deflate(std::unique_ptr<Stream> below, std::string leftover)
    : below_{std::move(below)}, leftover_{std::move(leftover)} {
  if (inflateInit2(&in_, raw_window) != Z_OK ||
      deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw posix::Fault{EX_OSERR, "no memory for compression"};
  in_.next_in = octets(leftover_.data());
  in_.avail_in = static_cast<uInt>(leftover_.size());
}

/// Decompresses into at most `size` octets: how much it becomes is for the caller to
/// bound, a bomb waits here. 0: more input is needed.
ssize_t Deflate::inflate_some(char* into, std::size_t size) {
  in_.next_out = octets(into);
  in_.avail_out = bounded(size);
  const uInt room = in_.avail_out;
  const int result = inflate(&in_, Z_SYNC_FLUSH);
  ended_ = result == Z_STREAM_END;
  // Z_BUF_ERROR says that neither input nor pending output was left: no error.
  if (!ended_ && result != Z_OK && result != Z_BUF_ERROR)
    throw posix::Fault{EX_PROTOCOL, std::string{"the server's compressed stream is "
                                                "corrupt"} +
                                        (in_.msg ? std::string{": "} + in_.msg : "")};
  return static_cast<ssize_t>(room - in_.avail_out);
}

ssize_t Deflate::read(char* into, std::size_t size) {
  while (!ended_) {
    // First what inflate may still hold: input can be used up with output pending.
    if (const ssize_t n = inflate_some(into, size); n > 0) return n;
    if (ended_) break;
    const ssize_t n = below_->read(input_.data(), input_.size());
    if (n == 0 || n == again) return n;
    in_.next_in = octets(input_.data());
    in_.avail_in = static_cast<uInt>(n);
  }
  return 0;
}

/// All of it into output_, at most a little more than it was.
void Deflate::compress(std::string_view text, int flush) {
  out_.next_in = octets(text.data());
  out_.avail_in = static_cast<uInt>(text.size());
  std::array<char, 16384> buffer;
  do {
    out_.next_out = octets(buffer.data());
    out_.avail_out = buffer.size();
    deflate(&out_, flush);
    output_.append(buffer.data(), buffer.size() - out_.avail_out);
  } while (out_.avail_out == 0);
}

/// True when the layer below took all of output_.
bool Deflate::push() {
  while (sent_ < output_.size()) {
    const ssize_t n = below_->write(std::string_view{output_}.substr(sent_));
    if (n == again) return false;
    sent_ += static_cast<std::size_t>(n);
  }
  output_.clear();
  sent_ = 0;
  return true;
}

ssize_t Deflate::write(std::string_view text) {
  if (output_.size() - sent_ >= most_waiting && !push()) return again;
  text = text.substr(0, most_waiting);
  compress(text, Z_NO_FLUSH);
  dirty_ = true;
  return static_cast<ssize_t>(text.size());
}

bool Deflate::flush() {
  // Once per batch: every flush costs five octets and a new block.
  if (std::exchange(dirty_, false)) compress({}, Z_SYNC_FLUSH);
  return push() && below_->flush();
}

} // namespace

std::unique_ptr<Stream> open_deflate(std::unique_ptr<Stream> below,
                                     std::string leftover) {
  return std::make_unique<Deflate>(std::move(below), std::move(leftover));
}

} // namespace stream
