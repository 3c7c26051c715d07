// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <set>
#include <thread>

#include "commands.h"
#include "filter/stdio.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "state/listing.h"
#include "state/schema.h"

namespace {

// What an interrupted run had under way may be on the network still, or wait for a server
// that has not read it yet: whoever lists the mailboxes before it arrived takes it for
// lost. Both sides are asked only when we have answered.
constexpr std::chrono::nanoseconds settling = std::chrono::seconds{2};

// The database of a dry run; nothing where there is none yet: an empty state.
std::optional<state::Database> open_to_read(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
  std::optional<state::Database> db{std::in_place, path, state::Access::read};
  state::require_schema(*db);
  return db;
}

class Show {
 public:
  explicit Show(const Settings& settings)
      : stdio_{loop_, [this](const auto& item) { handle(item); }} {
    if (settings.dry_run) {
      db_ = open_to_read(settings.database);
    } else {
      db_.emplace(settings.database, state::Access::create);
      state::migrate(*db_);
      settles_ = state::any_under_way(*db_);
    }
  }

  int run() {
    if (settles_) std::this_thread::sleep_for(settling / posix::Clock::speed());
    while (!stdio_.ended() || stdio_.queued() > 0) loop_.turn();
    stdio_.finish();
    stdio_.close();
    return EX_OK;
  }

 private:
  void handle(const record::Reader::Item& item) {
    stdio_.pass(item.line);
    if (std::holds_alternative<record::Round>(item.record)) requested_.clear();
    if (const auto* request = std::get_if<record::Request>(&item.record);
        request != nullptr && request->what.text == "sync") {
      if (request->mailbox)
        requested_.insert(*request->mailbox);
      else
        all_ = true;
    }
    if (std::holds_alternative<record::EndRequests>(item.record)) answer();
  }

  void answer() {
    const auto emit = [this](const record::Record& record) { stdio_.emit(record); };
    if (all_) requested_.clear();
    all_ = false;
    if (db_)
      state::list_states(*db_, requested_, emit);
    else
      emit(record::EndStates{});
  }

  posix::Loop loop_;
  filter::Stdio stdio_;
  std::optional<state::Database> db_;
  std::set<record::Mailbox> requested_;
  bool all_ = false;
  bool settles_ = false; ///< what an interrupted run has sent may still arrive
};

// Standard output in chunks: a dump may be long. It is for people, who look at its head:
// a reader that has seen enough ends us as it ends cat(1).
class Output {
 public:
  Output() {
    std::signal(SIGPIPE, SIG_DFL); // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  }
  void add(std::string_view octets) {
    buffer_.append(octets);
    if (buffer_.size() > limit) flush();
  }
  void add(const record::Record& record) {
    record::append(buffer_, record);
    if (buffer_.size() > limit) flush();
  }
  void flush() {
    posix::write_all(STDOUT_FILENO, buffer_, "standard output");
    buffer_.clear();
  }

 private:
  static constexpr std::size_t limit = std::size_t{64} << 10;
  std::string buffer_;
};

} // namespace

int show(const Settings& settings) { return Show{settings}.run(); }

int dump(const Settings& settings) {
  state::Database db{settings.database, state::Access::read};
  state::require_schema(db);
  Output output;
  output.add(record::header);
  state::dump(db, [&](const record::Record& record) { output.add(record); });
  output.flush();
  return EX_OK;
}

int check(const Settings& settings) {
  state::Database db{settings.database, state::Access::read};
  state::require_schema(db);
  Output output;
  bool sound = true;
  state::check(db, [&](const std::string& finding) {
    output.add(finding + "\n");
    sound = false;
  });
  output.flush();
  return sound ? EX_OK : EX_DATAERR;
}
