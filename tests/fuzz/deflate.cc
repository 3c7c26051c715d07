// SPDX-License-Identifier: GPL-3.0-or-later
// Octets from a server that claims to compress: the same outcome however they were cut
// and whatever is asked for at once; and what we compress comes back as it was.
#include "stream/deflate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/wire_stream.h"
#include "posix/fault.h"

namespace {

using stream::Stream;

/// A bomb hands out octets for as long as somebody asks.
constexpr std::size_t enough = 1U << 16U;

/// What comes out of `input` up to `enough`, then how it ended.
std::string inflated(std::string_view input, std::size_t leftover, std::size_t cut,
                     std::size_t at_once) {
  wire_stream::Wire wire;
  wire.in = input.substr(leftover);
  wire.most_read = cut;
  const auto stream =
      stream::open_deflate(std::make_unique<wire_stream::WireStream>(wire),
                           std::string{input.substr(0, leftover)});
  std::string out, buffer(at_once, '\0');
  try {
    while (out.size() < enough) {
      const ssize_t n = stream->read(buffer.data(), at_once);
      if (n == 0) return out + " end";
      if (n == Stream::again) return out + " again";
      if (static_cast<std::size_t>(n) > at_once) std::abort();
      out.append(buffer, 0, static_cast<std::size_t>(n));
    }
  } catch (const posix::Fault&) {
    return "corrupt";
  }
  return out.substr(0, enough);
}

/// How much of a corrupt stream comes out before that is noticed may differ: a read that
/// ends at `enough` does not see what one across it does.
bool agree(const std::string& one, const std::string& other) {
  return one == other || (one == "corrupt" && other.size() == enough) ||
         (other == "corrupt" && one.size() == enough);
}

std::string deflated(std::string_view text, std::size_t at_once) {
  wire_stream::Wire wire;
  const auto stream =
      stream::open_deflate(std::make_unique<wire_stream::WireStream>(wire), {});
  while (!text.empty()) {
    const ssize_t n = stream->write(text.substr(0, at_once));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (!stream->flush()) std::abort();
  return wire.out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data), size - 1};
  const std::size_t choice = data[size - 1];
  const std::string whole = inflated(input, 0, 1U << 16U, 1U << 14U);
  if (!agree(whole,
             inflated(input, input.size() * choice / 256, 1 + choice, 1 + choice * 3)))
    std::abort();
  if (inflated(deflated(input, 1 + choice), 0, 1 + choice, 100) !=
      std::string{input} + " again")
    std::abort();
  return 0;
}
