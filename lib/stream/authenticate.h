// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_AUTHENTICATE_H
#define IMAPSYNC_STREAM_AUTHENTICATE_H

#include "stream/login.h"

namespace stream {

/// Runs AUTHENTICATE with `mechanism`, or the LOGIN command if that is null, in a session
/// whose capabilities are `before`. Throws as log_in() does.
LoggedIn authenticate(Dialogue& dialogue, const LoginPlan& plan,
                      const Capabilities& before, Mechanism* mechanism);

} // namespace stream

#endif
