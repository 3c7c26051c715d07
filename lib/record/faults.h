// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_FAULTS_H
#define IMAPSYNC_RECORD_FAULTS_H

#include <stdexcept>

namespace record {

/// A stream that is not as imapsync-records(5) has it; what() names the fault. Status 65.
struct Malformed : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A stream that ended too early: a stage upstream died. Status 79.
struct Truncated : std::runtime_error {
  using runtime_error::runtime_error;
};

} // namespace record

#endif
