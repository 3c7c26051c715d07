// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/dictionary.h"

#include <sysexits.h>

#include <algorithm>

namespace state {

Dictionary::Dictionary(Database& db)
    : find_mailbox_{db, "SELECT id FROM mailbox WHERE name = ?"},
      add_mailbox_{db, "INSERT OR IGNORE INTO mailbox (name) VALUES (?)"},
      name_{db, "SELECT name FROM mailbox WHERE id = ?"},
      generation_{db, "SELECT generation FROM mailbox WHERE name = ?"},
      find_flags_{db, "SELECT id FROM flags WHERE list = ?"},
      add_flags_{db, "INSERT OR IGNORE INTO flags (list) VALUES (?)"},
      list_{db, "SELECT list FROM flags WHERE id = ?"}, db_{db} {}

std::optional<std::int64_t> Dictionary::find_mailbox(const record::Mailbox& name) {
  if (const auto at = mailboxes_.find(name); at != mailboxes_.end()) return at->second;
  auto row = find_mailbox_(name);
  if (!row.step()) return {};
  return mailboxes_[name] = row.number(0);
}

std::int64_t Dictionary::mailbox(const record::Mailbox& name) {
  if (const auto id = find_mailbox(name)) return *id;
  add_mailbox_.run(name);
  return find_mailbox(name).value();
}

const record::Mailbox& Dictionary::mailbox_name(std::int64_t id) {
  const auto [at, added] = names_.try_emplace(id);
  if (added) {
    auto row = name_(id);
    if (!row.step())
      throw Error{EX_DATAERR, db_.path() + ": no mailbox " + std::to_string(id)};
    at->second = row.text(0);
  }
  return at->second;
}

std::int64_t Dictionary::flags(const imap::Flags& flags) {
  if (const auto at = ids_.find(flags); at != ids_.end()) return at->second;
  const std::string list = flags.to_string();
  add_flags_.run(list);
  auto row = find_flags_(list);
  if (!row.step()) throw Error{EX_DATAERR, db_.path() + ": no flags " + list};
  return ids_[flags] = row.number(0);
}

const imap::Flags& Dictionary::flags(std::int64_t id) {
  const auto [at, added] = lists_.try_emplace(id);
  if (added) {
    auto row = list_(id);
    const auto flags = row.step() ? imap::parse_flags(row.text(0)) : std::nullopt;
    if (!flags) throw Error{EX_DATAERR, db_.path() + ": no flags " + std::to_string(id)};
    at->second = *flags;
  }
  return at->second;
}

std::uint64_t Dictionary::generation(const record::Mailbox& name) {
  auto row = generation_(name);
  return row.step() ? static_cast<std::uint64_t>(row.number(0)) : 0;
}

Blob to_blob(const record::Digest& digest) {
  const auto* octets = reinterpret_cast<const char*>(digest.octets().data());
  return {{octets, digest.empty() ? 0 : record::Digest::size}};
}

std::optional<Blob> to_blob(const syncing::KnownDigest& identity) {
  if (!identity) return {};
  return to_blob(*identity);
}

syncing::KnownDigest to_identity(const Statement::Use& row, int column) {
  if (row.null(column)) return {};
  const std::string_view blob = row.blob(column);
  record::Digest::Octets octets;
  if (blob.size() != octets.size()) return record::Digest{};
  std::ranges::copy(blob, octets.begin());
  return record::Digest{octets};
}

} // namespace state
