// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_SCHEMA_H
#define IMAPSYNC_STATE_SCHEMA_H

#include <string>
#include <vector>

#include "state/sqlite.h"

namespace state {

/// user_version of the schema that this program writes; imap-state(1) describes it.
inline constexpr int schema_version = 1;
/// application_id: "IMSY".
inline constexpr int application_id = 0x494d5359;

/// Creates the tables in an empty database and brings an older schema up to date. Throws
/// Error 78 if it belongs to another program or a newer version.
void migrate(Database& db);

/// Throws Error 78 unless the schema is what this program writes.
void require_schema(Database& db);

/// The tables and indices that the database should have and has not, or otherwise, such
/// as "CREATE TABLE pair ".
std::vector<std::string> missing_of_schema(Database& db);

} // namespace state

#endif
