// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_SQLITE_H
#define IMAPSYNC_STATE_SQLITE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

/// The memory: a SQLite database that says what both sides agreed on last.
namespace state {

/// SQLite could not do it; `status` is the sysexits(3) code: 75 for a database that
/// somebody else holds, 65 for a damaged one, 78 for one of another program or version,
/// else 74.
struct Error : std::runtime_error {
  Error(int code, const std::string& what) : runtime_error{what}, status{code} {}
  int status;
};

/// A value of type BLOB; somebody else's octets. Empty, it still points somewhere: SQLite
/// takes nullptr for NULL.
struct Blob {
  std::string_view octets;
};

enum class Access { create, write, read };

/// One connection. Move-only. Statements must be destroyed before it.
class Database {
 public:
  /// Opens the file and sets what holds for one connection. Only with Access::create is
  /// it created, mode 0600 and its folder 0700.
  Database(const std::string& path, Access access);

  /// Runs one or more statements without parameters or results.
  void run(const char* sql);
  /// Does what closing would do otherwise, as far as it can be done: nobody waits for it.
  void tidy_up();

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  sqlite3* get() const { return db_.get(); }
  const std::string& path() const { return path_; }

  /// Throws the error of the last call, `what` saying what failed.
  [[noreturn]] void fail(int result) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

/// A statement, prepared when it is first used, and used again and again:
///     auto use = statement(mailbox, uid);
///     while (use.step()) … use.number(0) …
class Statement {
 public:
  /// `sql` is to be a literal: it is kept.
  Statement(Database& db, std::string_view sql) : db_{db}, sql_{sql} {}

  /// One execution. Resets the statement at its end.
  class Use {
   public:
    explicit Use(Statement& statement) : statement_{&statement} {}
    Use(Use&& old) noexcept : statement_{std::exchange(old.statement_, nullptr)} {}
    Use& operator=(Use&&) = delete;
    ~Use();

    /// The next row; false when there are no more.
    bool step();
    std::int64_t number(int column) const;
    bool null(int column) const;
    /// Valid until the next step.
    std::string_view text(int column) const;
    std::string_view blob(int column) const;

   private:
    Statement* statement_;
  };

  template <class... Args>
  Use operator()(const Args&... args) {
    if (!statement_) prepare();
    int column = 0;
    (bind(++column, args), ...);
    return Use{*this};
  }
  /// For statements without rows.
  template <class... Args>
  void run(const Args&... args) {
    auto use = (*this)(args...);
    while (use.step()) {
    }
  }

 private:
  void prepare();
  void bind(int column, std::int64_t value);
  void bind(int column, std::uint64_t value) {
    bind(column, static_cast<std::int64_t>(value));
  }
  void bind(int column, std::uint32_t value) {
    bind(column, static_cast<std::int64_t>(value));
  }
  void bind(int column, int value) { bind(column, static_cast<std::int64_t>(value)); }
  void bind(int column, bool value) { bind(column, static_cast<std::int64_t>(value)); }
  void bind(int column, std::string_view text);
  // Or a literal would be taken for a bool.
  void bind(int column, const char* text) { bind(column, std::string_view{text}); }
  void bind(int column, const std::string& text) { bind(column, std::string_view{text}); }
  void bind(int column, const Blob& blob);
  void bind(int column, std::nullopt_t);
  template <class T>
  void bind(int column, const std::optional<T>& value) {
    if (value)
      bind(column, *value);
    else
      bind(column, std::nullopt);
  }

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Database& db_;
  std::string_view sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A read transaction: many searches see one state, and take the lock once. Never open
/// across a read or write of a pipe, nor together with a Transaction.
class Reading {
 public:
  explicit Reading(Database& db) : db_{db} { db.run("BEGIN"); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading();

 private:
  Database& db_;
};

/// A write transaction, rolled back unless it is committed. Never open across a read or
/// write of a pipe.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_{&db} { db.run("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database* db_;
};

} // namespace state

#endif
