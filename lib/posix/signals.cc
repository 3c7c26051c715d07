// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/signals.h"

#include <csignal>
#include <initializer_list>

namespace posix {

namespace {

volatile std::sig_atomic_t signal_number = 0;

void remember(int number) { signal_number = number; }

} // namespace

Signals::Signals() {
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    action.sa_handler = remember;
    ::sigaction(number, &action, nullptr); // without SA_RESTART: poll(2) has to return
  }
}

int Signals::caught() { return signal_number; }

void Signals::end() {
  if (signal_number == 0) return;
  std::signal(signal_number, SIG_DFL); // NOLINT(cert-err33-c)
  std::raise(signal_number);           // NOLINT(cert-err33-c)
}

} // namespace posix
