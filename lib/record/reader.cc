// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/reader.h"

#include "record/overloaded.h"

namespace record {

std::optional<std::string_view> Reader::line() {
  const std::size_t end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    if (start_ > 0) buffer_.erase(0, start_); // once per feed: what is left is one line
    start_ = 0;
    scanned_ = buffer_.size();
    if (scanned_ < max_line) return {};
  }
  ++line_number_;
  if (end == std::string::npos || end - start_ >= max_line)
    throw Malformed{"line longer than 4 MiB"};
  const std::string_view found{buffer_.data() + start_, end + 1 - start_};
  start_ = scanned_ = end + 1;
  return found;
}

std::optional<Reader::Item> Reader::next() {
  try {
    auto found = line();
    if (found && line_number_ == 1) {
      if (*found != header)
        throw Malformed{found->starts_with("imapsync-records\t")
                            ? "version of the records is not 1"
                            : "not a stream of imapsync records"};
      found = line();
    }
    if (!found) return {};
    Item item{*found, parse(found->substr(0, found->size() - 1))};
    check(item.record);
    return item;
  } catch (const Malformed& error) {
    throw Malformed{"line " + std::to_string(line_number_) + ": " + error.what()};
  }
}

void Reader::expect(std::uint64_t& seen, std::uint64_t count, std::string_view what) {
  if (seen != count)
    throw Malformed{"end of " + std::string{what} + " after " + std::to_string(seen) +
                    " records, not " + std::to_string(count)};
  seen = 0;
}

void Reader::check(const Record& record) {
  const auto mailboxes = [&](Side side) -> std::uint64_t& {
    return mailboxes_[side == Side::remote];
  };
  if (const auto side = action_side(record)) ++actions_[*side == Side::remote];
  const auto change = [&](const auto& r) { ++changes_[{r.side, r.mailbox}]; };
  std::visit(
      Overloaded{
          [&](const Round& r) {
            if (in_round_) throw Malformed{"a round inside a round"};
            if (r.number == 0) throw Malformed{"rounds are counted from 1"};
            in_round_ = true;
            round_ = r.number;
            actions_[0] = actions_[1] = 0;
          },
          [&](const EndRound& r) {
            if (!in_round_ || r.number != round_)
              throw Malformed{"the end of a round that did not begin"};
            if (in_list() || !changes_.empty())
              throw Malformed{"the round ends inside a list"};
            in_round_ = false;
          },
          [&](const Request& r) {
            if (r.what.text == "leave" && !r.mailbox)
              throw Malformed{"leave: of which mailbox?"};
            ++requests_;
          },
          [&](const EndRequests& r) { expect(requests_, r.count, "requests"); },
          [&](const State&) { ++states_; },
          [&](const EndStates& r) { expect(states_, r.count, "states"); },
          [&](const Listed& r) { ++mailboxes(r.side); },
          [&](const EndMailboxes& r) { expect(mailboxes(r.side), r.count, "mailboxes"); },
          [&](const Vanished& r) { change(r); },
          [&](const Present& r) { change(r); },
          [&](const FlagsChanged& r) { change(r); },
          [&](const New& r) { change(r); },
          [&](const EndChanges& r) {
            auto node = changes_.extract({r.side, r.mailbox});
            std::uint64_t seen = node ? node.mapped() : 0;
            expect(seen, r.count, "changes");
          },
          [&](const EndActions& r) {
            expect(actions_[r.side == Side::remote], r.count, "actions");
          },
          [&](const Failed& r) { // perhaps half way
            if (r.action.text == "select" && r.mailbox)
              changes_.erase({r.side, *r.mailbox});
          },
          [&](const Copied& r) {
            if (r.source.size() != r.uids.size())
              throw Malformed{"copied: the two UID sets differ in size"};
          },
          [](const auto&) {},
      },
      record);
}

bool Reader::in_list() const {
  return requests_ > 0 || states_ > 0 || mailboxes_[0] > 0 || mailboxes_[1] > 0;
}

void Reader::finish() const {
  if (line_number_ == 0 || start_ != buffer_.size())
    throw Truncated{"the input ends inside a line"};
  if (in_round_) throw Truncated{"the input ends inside a round"};
  if (in_list() || !changes_.empty()) throw Truncated{"the input ends inside a list"};
}

} // namespace record
