// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/late_compression.h"

#include <utility>

namespace stream {

void LateCompression::consider() {
  if (!measures() || (!up.slow() && !down.slow())) return;
  phase_ = Phase::wanted;
  give_up_ = std::chrono::steady_clock::now() + quiet_time;
}

bool LateCompression::overdue() const {
  return std::chrono::steady_clock::now() >= give_up_;
}

void LateCompression::forget() {
  up.reset();
  down.reset();
  phase_ = ++tries_ < max_tries ? Phase::possible : Phase::off;
}

std::string LateCompression::ask() {
  phase_ = Phase::asked;
  return std::string{compress_tag} + " COMPRESS DEFLATE";
}

LateCompression::Answer LateCompression::read(std::string_view octets, bool last) {
  Answer answer;
  said_ += octets;
  for (std::size_t end = 0; asked() && (end = said_.find('\n')) != said_.npos;) {
    const std::string line = said_.substr(0, end + 1);
    said_.erase(0, end + 1);
    if (!line.starts_with(std::string{compress_tag} + " ")) {
      answer.client += line; // of before
      continue;
    }
    answer.line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    answer.granted = line.substr(compress_tag.size() + 1, 2) == "OK";
    if (answer.granted) answer.compressed = std::exchange(said_, {});
    phase_ = Phase::off;
  }
  if (last || off()) answer.client += std::exchange(said_, {});
  return answer;
}

} // namespace stream
