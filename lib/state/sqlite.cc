// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "imap/ascii.h"

namespace state {

namespace {

[[noreturn]] void fail_errno(const std::string& path) {
  throw Error{EX_IOERR, path + ": " + std::generic_category().message(errno)};
}

// The file and its folders, private from the first moment: SQLite gives its other files
// the mode of this one.
void create_file(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    if (::mkdir(path.substr(0, slash).c_str(), 0700) < 0 && errno != EEXIST)
      fail_errno(path.substr(0, slash));
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 && errno != ELOOP) fail_errno(path);
  if (fd >= 0) ::close(fd);
}

// Without a write-ahead log nobody has the database open.
bool is_still(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 &&
         ::access((path + "-wal").c_str(), F_OK) != 0 && errno == ENOENT;
}

// Reading it so leaves no files behind.
std::string still_uri(const std::string& path) {
  std::string uri{path.starts_with('/') ? "file://" : "file:"};
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#') {
      uri += '%';
      uri += digits[octet >> 4U];
      uri += digits[octet & 15U];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

int status_of(int result) {
  switch (result & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return EX_TEMPFAIL;
  case SQLITE_ERROR: // our own text does not suit the tables
  case SQLITE_MISMATCH:
  case SQLITE_CORRUPT:
  case SQLITE_CONSTRAINT: return EX_DATAERR;
  case SQLITE_NOTADB: return EX_CONFIG;
  default: return EX_IOERR;
  }
}

// Longer than any transaction of ours, with its sync, on a slow disk.
constexpr int busy_milliseconds = 30'000;

} // namespace

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Database::Database(const std::string& path, Access access) : path_{path} {
  if (access == Access::create) create_file(path);
  sqlite3* db = nullptr;
  const int mode = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const bool still = access == Access::read && is_still(path);
  const int result = sqlite3_open_v2(
      still ? still_uri(path).c_str() : path.c_str(), &db,
      mode | SQLITE_OPEN_NOMUTEX | (still ? SQLITE_OPEN_URI : 0), nullptr);
  db_.reset(db);
  if (result != SQLITE_OK) fail(result);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, busy_milliseconds);
  // The file may have been tampered with: nothing in its schema is trusted to run.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // FULL: in WAL mode NORMAL could lose the last commits with the power, and a lost
  // journal row means a duplicate.
  // What is deleted are numbers and digests: they need not be overwritten, as Debian has
  // it.
  run("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = "
      "OFF");
}

void Database::fail(int result) const {
  // SQLite's own text, in English, which keeps to itself what the system said.
  std::string text = db_ ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(result);
  const int kind = result & 0xff;
  if (const int why = db_ ? sqlite3_system_errno(db_.get()) : 0;
      why != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN))
    text += " (" + std::generic_category().message(why) + ")";
  // It may quote what is in a damaged file.
  throw Error{status_of(result), path_ + ": " + imap::printable(text)};
}

void Database::run(const char* sql) {
  const int result = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) fail(result);
}

void Database::tidy_up() {
  // What fails here is done, or told, when the last connection closes the database.
  (void)sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                  nullptr);
}

std::int64_t Database::changes() const { return sqlite3_changes64(db_.get()); }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::prepare() {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(db_.get(), sql_.data(), static_cast<int>(sql_.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (result != SQLITE_OK) db_.fail(result);
}

void Statement::bind(int column, std::int64_t value) {
  if (const int r = sqlite3_bind_int64(statement_.get(), column, value); r != SQLITE_OK)
    db_.fail(r);
}

void Statement::bind(int column, std::string_view text) {
  // Copied, because a temporary may not live until the last step.
  const int r =
      sqlite3_bind_text64(statement_.get(), column, text.data() ? text.data() : "",
                          text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (r != SQLITE_OK) db_.fail(r);
}

void Statement::bind(int column, const Blob& blob) {
  const int r = sqlite3_bind_blob64(statement_.get(), column, blob.octets.data(),
                                    blob.octets.size(), SQLITE_TRANSIENT);
  if (r != SQLITE_OK) db_.fail(r);
}

void Statement::bind(int column, std::nullopt_t) {
  if (const int r = sqlite3_bind_null(statement_.get(), column); r != SQLITE_OK)
    db_.fail(r);
}

Statement::Use::~Use() {
  if (statement_) sqlite3_reset(statement_->statement_.get());
}

bool Statement::Use::step() {
  const int result = sqlite3_step(statement_->statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) statement_->db_.fail(result);
  return false;
}

std::int64_t Statement::Use::number(int column) const {
  return sqlite3_column_int64(statement_->statement_.get(), column);
}

bool Statement::Use::null(int column) const {
  return sqlite3_column_type(statement_->statement_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::Use::text(int column) const {
  const auto* text = reinterpret_cast<const char*>( // NOLINT: SQLite's unsigned char
      sqlite3_column_text(statement_->statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_->statement_.get(), column);
  return text ? std::string_view{text, static_cast<std::size_t>(size)}
              : std::string_view{};
}

std::string_view Statement::Use::blob(int column) const {
  const void* octets = sqlite3_column_blob(statement_->statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_->statement_.get(), column);
  return octets ? std::string_view{static_cast<const char*>(octets),
                                   static_cast<std::size_t>(size)}
                : std::string_view{};
}

Reading::~Reading() { sqlite3_exec(db_.get(), "COMMIT", nullptr, nullptr, nullptr); }

Transaction::~Transaction() {
  // Nothing to be done where the rollback fails: SQLite does it again when it opens.
  if (db_) sqlite3_exec(db_->get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  db_->run("COMMIT");
  db_ = nullptr;
}

} // namespace state
