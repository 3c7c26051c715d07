// SPDX-License-Identifier: GPL-3.0-or-later
// A stream of records from a process that may be anything: refused or read, and what is
// read is written again octet by octet, wherever the stream was split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "record/reader.h"

namespace {

/// The records of `stream`, or how it was refused.
std::string rendered(std::string_view stream, std::size_t split) {
  record::Reader reader;
  std::string out;
  try {
    for (const auto part : {stream.substr(0, split), stream.substr(split)}) {
      reader.feed(part);
      while (const auto item = reader.next()) {
        if (record::format(item->record) != item->line) std::abort();
        out += item->line;
      }
    }
    reader.finish();
    return out;
  } catch (const record::Malformed& error) {
    return error.what();
  } catch (const record::Truncated& error) {
    return error.what();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The last octet says where to split; the header is given, or little would pass it.
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::string stream =
      std::string{record::header} + std::string{input.substr(0, size - 1)};
  const std::size_t split = stream.size() * data[size - 1] / 256;
  if (rendered(stream, split) != rendered(stream, stream.size())) std::abort();
  rendered(input, split % size); // without the header
  return 0;
}
