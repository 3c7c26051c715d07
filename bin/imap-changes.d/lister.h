// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_LISTER_H
#define IMAPSYNC_IMAP_CHANGES_LISTER_H

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "cli/pattern.h"
#include "client/session.h"
#include "options.h"
#include "record/record.h"

/// Whether it is a mailbox, and not just a level of names.
bool selectable(const record::Listed& listed);

/// The mailboxes of a side and their numbers, by one LIST (RFC 5258, 5819, 6154).
class Lister {
 public:
  struct Listing {
    std::string server_name;
    record::Listed record;
    std::string refused; ///< why the server does not tell its numbers
  };
  struct Listener {
    std::function<void(const record::Record&)> emit; ///< a warning
    std::function<void()> listed;
  };

  /// `options` and `session` must outlive it. Throws Fault 64 for a bad pattern.
  Lister(const Options& options, client::Session& session, Listener listener);

  /// Forgets requests and listings, not what the server is like.
  void begin_round();
  void request(const record::Request& request);
  /// Asks the server. Throws out of the loop's turn Fault 75 or 76 if it refuses.
  void list();

  /// Of what was requested, once it was listed.
  const std::map<record::Mailbox, Listing>& listings() const { return listings_; }
  std::optional<char> delimiter() const { return delimiter_; }
  /// Whether it is not to be selected in this round.
  bool left(const record::Mailbox& mailbox) const { return left_.contains(mailbox); }
  /// Whether the patterns may hold the other side's hierarchy delimiter, which has to be
  /// told before list().
  bool awaits_delimiter() const { return awaits_delimiter_ && all_requested_; }
  /// The other side's delimiter. What people write is the delimiter of their local side;
  /// to the remote one it is its own.
  void translate(std::optional<char> theirs);
  /// There may be mailboxes that are not listed.
  bool restricted() const;

 private:
  void ask_delimiter(std::function<void()> then);
  void ask();
  std::string list_command() const;
  void listed(const imap::Tagged& answer);
  void ask_numbers();
  void told_numbers(const record::Mailbox& mailbox, const imap::Tagged& answer);
  bool absorb(imap::Response& response);
  void add(const imap::ListData& data);
  bool add(const imap::StatusData& data); ///< false if it is of no mailbox yet
  void reckon(const std::string& server_name);
  void not_understood(const std::string& server_name);
  void note_absent(const imap::Status& status);
  bool wanted(const std::string& server_name, const record::Mailbox& mailbox) const;
  bool ignored(const std::string& server_name, const record::MaybeMailbox& mailbox) const;

  const Options& options_;
  client::Session& session_;
  Listener listener_;
  std::optional<cli::Pattern> ignore_;

  // Known for good once the server has said it.
  bool delimiter_known_ = false, special_use_ = true, awaits_delimiter_ = false;
  std::optional<char> delimiter_;
  std::optional<char> theirs_; ///< the other side's, if patterns may hold it

  // Of this round.
  bool all_requested_ = false;
  std::set<record::Mailbox> requested_, left_;
  std::map<record::Mailbox, Listing> listings_;
  std::map<std::string, imap::StatusData> early_; ///< before their LIST responses
  std::size_t names_ = 0;                         ///< octets of all of them
  std::size_t unanswered_ = 0;                    ///< STATUS commands
};

#endif
