// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "posix/fault.h"
#include "stream/openssl_load.h"

namespace stream {

namespace {

const EVP_MD* algorithm(Hash hash) {
  load_openssl();
  switch (hash) {
  case Hash::md5: return EVP_md5();
  case Hash::sha1: return EVP_sha1();
  case Hash::sha256: return EVP_sha256();
  }
  throw posix::Fault{EX_SOFTWARE, "unknown hash function"};
}

Secret room(const EVP_MD* md) {
  Secret out;
  out.resize(static_cast<std::size_t>(EVP_MD_get_size(md)));
  return out;
}

unsigned char* octets(Secret& secret) {
  return reinterpret_cast<unsigned char*>(secret.resize(secret.size()));
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void demand(bool ok) {
  if (!ok) throw posix::Fault{EX_SOFTWARE, "OpenSSL has no such hash function"};
}

} // namespace

Secret digest(Hash hash, std::string_view data) {
  const EVP_MD* md = algorithm(hash);
  Secret out = room(md);
  demand(EVP_Digest(data.data(), data.size(), octets(out), nullptr, md, nullptr) == 1);
  return out;
}

Secret hmac(Hash hash, std::string_view key, std::string_view data) {
  const EVP_MD* md = algorithm(hash);
  Secret out = room(md);
  // A null key means "the key of last time" to OpenSSL, not an empty one.
  const char* start = key.empty() ? "" : key.data();
  demand(HMAC(md, start, static_cast<int>(key.size()), octets(data), data.size(),
              octets(out), nullptr) != nullptr);
  return out;
}

Secret pbkdf2(Hash hash, std::string_view password, std::string_view salt,
              int iterations) {
  const EVP_MD* md = algorithm(hash);
  Secret out = room(md);
  demand(PKCS5_PBKDF2_HMAC(password.empty() ? "" : password.data(),
                           static_cast<int>(password.size()), octets(salt),
                           static_cast<int>(salt.size()), iterations, md,
                           static_cast<int>(out.size()), octets(out)) == 1);
  return out;
}

bool same_octets(std::string_view a, std::string_view b) {
  load_openssl();
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace stream
