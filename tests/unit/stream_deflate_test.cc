// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "posix/fault.h"
#include "wire_stream.h"

namespace {

using stream::Stream;
using wire_stream::Wire;
using wire_stream::WireStream;

std::unique_ptr<Stream> deflate_on(Wire& wire, std::string leftover = {}) {
  return stream::open_deflate(std::make_unique<WireStream>(wire), std::move(leftover));
}

std::string read_all(Stream& stream, std::size_t at_once = 4096) {
  std::string out, buffer(at_once, '\0');
  for (ssize_t n = 0; (n = stream.read(buffer.data(), at_once)) > 0;)
    out.append(buffer, 0, static_cast<std::size_t>(n));
  return out;
}

void write_all(Stream& stream, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = stream.write(text);
    ASSERT_GT(n, 0);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// `text` as a peer of RFC 4978 would send it, flushed.
std::string compressed(std::string_view text) {
  Wire wire;
  const auto peer = deflate_on(wire);
  write_all(*peer, text);
  EXPECT_TRUE(peer->flush());
  return wire.out;
}

std::string noise(std::size_t size) {
  std::string text;
  for (std::uint32_t x = 1; text.size() < size; x = x * 1664525 + 1013904223)
    text.push_back(static_cast<char>(x >> 24U));
  return text;
}

TEST(Deflate, GivesBackWhatThePeerCompressed) {
  for (const std::string& text :
       {std::string{"* OK\r\n"}, std::string(100'000, 'x'), noise(300'000)}) {
    for (const std::size_t at_once : {1U, 7U, 65536U}) {
      Wire wire;
      wire.in = compressed(text);
      wire.most_read = at_once == 1 ? 1 : 4096;
      EXPECT_EQ(text, read_all(*deflate_on(wire), at_once)) << at_once;
    }
  }
}

TEST(Deflate, IsRawDeflateWithoutHeader) {
  z_stream z{};
  ASSERT_EQ(Z_OK, inflateInit2(&z, -15));
  std::string in = compressed("a1 NOOP\r\n"), out(100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = 100;
  EXPECT_EQ(Z_OK, inflate(&z, Z_SYNC_FLUSH));
  EXPECT_EQ("a1 NOOP\r\n", out.substr(0, z.total_out));
  EXPECT_TRUE(in.ends_with(std::string("\0\0\xff\xff", 4)))
      << "a sync flush ends a batch";
  inflateEnd(&z);
}

TEST(Deflate, BeginsWithTheOctetsBehindTheTaggedOk) {
  const std::string all = compressed("* 1 EXISTS\r\n");
  for (std::size_t split = 0; split <= all.size(); ++split) {
    Wire wire;
    wire.in = all.substr(split);
    EXPECT_EQ("* 1 EXISTS\r\n", read_all(*deflate_on(wire, all.substr(0, split))));
  }
}

TEST(Deflate, KeepsNothingBackAfterAFlush) {
  Wire there, here;
  const auto client = deflate_on(there);
  const auto server = deflate_on(here);
  for (int i = 0; i < 50; ++i) {
    const std::string line = "a" + std::to_string(i) + " NOOP\r\n";
    write_all(*client, line);
    ASSERT_TRUE(client->flush());
    here.in = std::exchange(there.out, {});
    ASSERT_EQ(line, read_all(*server));
  }
}

TEST(Deflate, FlushesOncePerBatch) {
  Wire wire;
  const auto stream = deflate_on(wire);
  write_all(*stream, "a1 NOOP\r\n");
  ASSERT_TRUE(stream->flush());
  const std::size_t size = wire.out.size();
  ASSERT_TRUE(stream->flush());
  EXPECT_EQ(size, wire.out.size()) << "nothing new, nothing sent";
}

TEST(Deflate, HandsOutABombInSmallPieces) {
  const std::string bomb = compressed(std::string(30'000'000, '\0'));
  ASSERT_LT(bomb.size(), 40'000U);
  Wire wire;
  wire.in = bomb;
  const auto stream = deflate_on(wire);
  char buffer[1000];
  EXPECT_EQ(1000, stream->read(buffer, sizeof buffer));
  EXPECT_EQ(1000, stream->read(buffer, sizeof buffer));
  EXPECT_GE(wire.left() + 32768, bomb.size()) << "no more input than one buffer";
}

TEST(Deflate, RefusesACorruptStream) {
  Wire wire;
  wire.in = "* OK this is plain text\r\n";
  const auto stream = deflate_on(wire);
  char buffer[100];
  try {
    while (stream->read(buffer, sizeof buffer) > 0) {
    }
    ADD_FAILURE();
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_PROTOCOL, fault.status);
  }
}

TEST(Deflate, EndOfFileAndEndOfTheCompressedStreamAreTheEnd) {
  Wire wire;
  wire.end = true;
  char buffer[100];
  EXPECT_EQ(0, deflate_on(wire)->read(buffer, sizeof buffer));
  Wire other;
  other.in = std::string("\3\0", 2); // an empty last block
  const auto stream = deflate_on(other);
  EXPECT_EQ(0, stream->read(buffer, sizeof buffer));
  EXPECT_EQ(0, stream->read(buffer, sizeof buffer));
}

TEST(Deflate, WaitsWhenTheLayerBelowTakesNoMore) {
  Wire wire;
  wire.room = 10'000;
  const auto stream = deflate_on(wire);
  const std::string text = noise(1'000'000);
  std::string_view rest = text;
  for (ssize_t n = 0; (n = stream->write(rest)) > 0;)
    rest.remove_prefix(static_cast<std::size_t>(n));
  EXPECT_LT(text.size() - rest.size(), 300'000U) << "a bounded number of octets waits";
  EXPECT_FALSE(stream->flush());
  EXPECT_EQ(POLLOUT, stream->write_wait().events);
  wire.room = 1U << 30U;
  write_all(*stream, rest);
  EXPECT_TRUE(stream->flush());
  Wire back;
  back.in = wire.out;
  EXPECT_EQ(text, read_all(*deflate_on(back)));
}

} // namespace
