// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_DICTIONARY_H
#define IMAPSYNC_STATE_DICTIONARY_H

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "record/record.h"
#include "state/sqlite.h"
#include "sync/types.h"

namespace state {

/// Row ids of mailboxes and lists of flags. Remembers them: they never change.
class Dictionary {
 public:
  explicit Dictionary(Database& db);

  /// The mailbox's row; nothing where it has none.
  std::optional<std::int64_t> find_mailbox(const record::Mailbox& name);
  /// The same, adding it within the transaction of the caller.
  std::int64_t mailbox(const record::Mailbox& name);
  const record::Mailbox& mailbox_name(std::int64_t id);

  /// Its row, added within the transaction of the caller.
  std::int64_t flags(const imap::Flags& flags);
  const imap::Flags& flags(std::int64_t id);

  std::uint64_t generation(const record::Mailbox& name);

 private:
  Statement find_mailbox_, add_mailbox_, name_, generation_;
  Statement find_flags_, add_flags_, list_;
  std::map<record::Mailbox, std::int64_t> mailboxes_;
  std::unordered_map<std::int64_t, record::Mailbox> names_;
  std::map<imap::Flags, std::int64_t> ids_;
  std::unordered_map<std::int64_t, imap::Flags> lists_;
  Database& db_;
};

/// Sides as the column `side` has them.
constexpr int number(record::Side side) { return side == record::Side::local ? 0 : 1; }
constexpr record::Side side_of(std::int64_t n) {
  return n == 0 ? record::Side::local : record::Side::remote;
}

/// Digests as the columns `digest` have them: NULL while not known, empty for a message
/// without identity fields. Blobs are valid as long as what they were made of.
std::optional<Blob> to_blob(const syncing::KnownDigest& identity);
Blob to_blob(const record::Digest& digest);
syncing::KnownDigest to_identity(const Statement::Use& row, int column);

} // namespace state

#endif
