// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/openssl_load.h"

#include <dlfcn.h>
#include <openssl/opensslv.h>

#include <cstdlib>
#include <string>

#include "posix/fault.h"

namespace stream {

void load_openssl() {
  static bool loaded = ::dlsym(RTLD_DEFAULT, "SSL_new") != nullptr; // linked as usual
  if (loaded) return;
  // With it set, the loader has looked for the functions already, in vain.
  const char* now = std::getenv("LD_BIND_NOW"); // NOLINT(concurrency-mt-unsafe)
  if (now != nullptr && *now != '\0')
    throw posix::Fault{EX_CONFIG, "TLS and SASL cannot work with LD_BIND_NOW set"};
  for (const char* name : {"libcrypto.so.", "libssl.so."}) {
    const std::string library = name + std::to_string(OPENSSL_SHLIB_VERSION);
    if (::dlopen(library.c_str(), RTLD_LAZY | RTLD_GLOBAL) == nullptr)
      throw posix::Fault{EX_UNAVAILABLE, ::dlerror()}; // NOLINT(concurrency-mt-unsafe)
  }
  loaded = true;
}

} // namespace stream
