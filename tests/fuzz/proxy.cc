// SPDX-License-Identifier: GPL-3.0-or-later
// A proxy's answers, behind an octet that picks the protocol: through or refused, never
// more octets asked for than an answer has.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "posix/fault.h"
#include "stream/proxy_dialogue.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view answers{reinterpret_cast<const char*>(data) + 1, size - 1};
  try {
    stream::parse_proxy(answers);
  } catch (const posix::Fault&) {
  }
  stream::Proxy proxy;
  if ((data[0] & 1U) != 0) proxy.user = "user";
  proxy.password = stream::Secret{"password"};
  const auto dialogue = (data[0] & 2U) != 0 ? http_dialogue(proxy, "mail.example", 993)
                                            : socks5_dialogue(proxy, "mail.example", 993);
  try {
    while (dialogue->wants() > 0 && dialogue->wants() <= answers.size()) {
      dialogue->output();
      const std::size_t n = dialogue->wants();
      if (n > 257) std::abort();
      dialogue->feed(answers.substr(0, n));
      answers.remove_prefix(n);
    }
  } catch (const posix::Fault&) {
  }
  return 0;
}
