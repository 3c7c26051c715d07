// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_SHA256_H
#define IMAPSYNC_SYNC_SHA256_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace syncing {

/// SHA-256 (FIPS 180-4), incrementally. Here and not from OpenSSL because the programs
/// that parse a server's octets link no library; identities are its only use, no secret
/// is.
class Sha256 {
 public:
  void update(std::string_view octets);
  /// Ends the computation.
  std::array<std::uint8_t, 32> digest();

 private:
  void block(const unsigned char* octets);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> rest_{};
  std::size_t rest_size_ = 0;
  std::uint64_t size_ = 0;
};

} // namespace syncing

#endif
