// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress.h"

#include <algorithm>

namespace {

using namespace std::chrono_literals;

constexpr auto interval = 200ms;

} // namespace

void Progress::expect(std::uint64_t messages, std::uint64_t octets) {
  all_.messages += messages;
  all_.octets += octets;
}

void Progress::count(std::uint64_t messages, std::uint64_t octets,
                     const record::Mailbox& mailbox) {
  done_.messages += messages;
  done_.octets += octets;
  last_ = mailbox;
  if (const auto now = posix::Clock::now(); now - told_ >= interval) {
    told_ = now;
    tell();
  }
}

void Progress::leave(std::uint64_t messages, std::uint64_t octets,
                     const record::Mailbox& mailbox) {
  all_.octets -= std::min(octets, all_.octets);
  count(messages, 0, mailbox);
}

void Progress::tell() {
  if (done_.messages == told_messages_) return;
  told_messages_ = done_.messages;
  outcomes_.emit(record::Progress{side_, last_, done_.messages, all_.messages,
                                  done_.octets, std::max(done_.octets, all_.octets)});
}
