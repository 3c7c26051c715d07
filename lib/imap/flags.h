// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_FLAGS_H
#define IMAPSYNC_IMAP_FLAGS_H

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imap {

/// The flags of one message: the five system flags that can be set, and keywords. \Recent
/// and system flags unknown to RFC 3501 cannot be in it. Keywords compare without regard
/// to case and keep the spelling that was added first.
class Flags {
 public:
  /// More keywords, or longer ones, are not representable. (Dovecot has no limit, and
  /// names in FLAGS all keywords that a mailbox ever had.)
  static constexpr std::size_t max_keywords = 4096;
  static constexpr std::size_t max_keyword_octets = 255;

  Flags() = default;

  /// Adds "\Seen" or "$Junk". False, and nothing added, if it is not a representable
  /// flag.
  bool add(std::string_view flag);
  /// True if it was there.
  bool remove(std::string_view flag);
  bool contains(std::string_view flag) const;
  bool empty() const { return system_ == 0 && keywords_.empty(); }
  std::size_t size() const;
  /// Sorted without regard to case.
  const std::vector<std::string>& keywords() const { return keywords_; }

  /// "(\Seen $Junk)": system flags in the order \Seen \Answered \Flagged \Deleted \Draft,
  /// then keywords sorted. Fit for a record and for a STORE or APPEND command.
  std::string to_string() const;

  friend bool operator==(const Flags& a, const Flags& b);
  friend std::weak_ordering operator<=>(const Flags& a, const Flags& b);

  friend Flags unite(const Flags& a,
                     const Flags& b); ///< spelling of `a` where both have it
  friend Flags intersect(const Flags& a, const Flags& b); ///< spelling of `a`
  friend Flags subtract(const Flags& a, const Flags& b);  ///< a without b

 private:
  std::uint8_t system_ = 0;
  std::vector<std::string> keywords_;
};

// Declared here too, for calls without an argument of that type in scope.
Flags unite(const Flags& a, const Flags& b);
Flags intersect(const Flags& a, const Flags& b);
Flags subtract(const Flags& a, const Flags& b);

/// An atom of RFC 3501 of at most Flags::max_keyword_octets, "]" tolerated.
bool valid_keyword(std::string_view keyword);

/// Parses "(\Seen $Junk)" or "()" of a record: nullopt for any flag that is not
/// representable.
std::optional<Flags> parse_flags(std::string_view text);
/// Parses the same of a server: flags that are not representable are dropped. nullopt if
/// it is no parenthesised list, or has too many keywords.
std::optional<Flags> parse_server_flags(std::string_view text);
/// The same for the flags of a mailbox: of too many keywords some are dropped.
std::optional<Flags> parse_mailbox_flags(std::string_view text);

/// What a server stores for good (RFC 3501 7.1).
struct PermanentFlags {
  Flags flags;
  bool any_keyword = false; ///< "\*" was in the list: new keywords can be created

  /// What is to be assumed of a mailbox whose SELECT does not say: everything (RFC 3501
  /// 6.3.1).
  static PermanentFlags unsaid();
  /// The part of `wanted` that can be stored.
  Flags mask(const Flags& wanted) const;
  std::string to_string() const; ///< "(\Seen $Junk \*)"

  friend bool operator==(const PermanentFlags&, const PermanentFlags&) = default;
};

/// Parses "(\Seen \*)" of a record, strictly.
std::optional<PermanentFlags> parse_permanent_flags(std::string_view text);
/// Parses the same of a server; see parse_mailbox_flags.
std::optional<PermanentFlags> parse_server_permanent_flags(std::string_view text);

} // namespace imap

#endif
