// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_KEYWORDS_H
#define IMAPSYNC_IMAP_APPLY_KEYWORDS_H

#include <functional>
#include <map>

#include "context.h"

/// What the target does not keep of the flags that it is asked to: what PERMANENTFLAGS
/// lacks, and keywords that it refused although it said that it takes new ones (Cyrus has
/// room for 128 in a mailbox, Dovecot limits their length).
class Keywords {
 public:
  Keywords(Peer& target, Outcomes& outcomes) : target_{target}, outcomes_{outcomes} {}

  /// The part of `wanted` that may be asked for. The rest is told at the end of the
  /// round.
  imap::Flags mask(const record::Mailbox& mailbox, const imap::PermanentFlags& permanent,
                   const imap::Flags& wanted);
  /// Keywords that the mailbox has not had yet: they may be refused.
  static imap::Flags doubtful(const imap::PermanentFlags& permanent,
                              const imap::Flags& flags);
  /// Whether this refusal may be one of doubtful keywords.
  static bool may_blame(const imap::Tagged& answer);

  struct Added {
    imap::Flags refused; ///< not asked for again in this round
    imap::Flags failed;  ///< might be taken another time
    std::optional<Problem> problem;
  };
  /// Adds each keyword by itself to messages of the selected mailbox.
  void add_each(const record::Mailbox& mailbox, const imap::UidSet& uids,
                const imap::Flags& keywords, std::function<void(const Added&)> done);
  /// Is told what else the target does not get.
  void leave_out(const record::Mailbox& mailbox, const imap::Flags& flags);

  /// Warns of what was left out, once for each mailbox, and starts anew.
  void end_round();

 private:
  Peer& target_;
  Outcomes& outcomes_;
  std::map<record::Mailbox, imap::Flags> refused_, left_out_;
};

#endif
