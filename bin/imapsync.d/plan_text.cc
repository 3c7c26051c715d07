// SPDX-License-Identifier: GPL-3.0-or-later
#include "plan_text.h"

#include <unistd.h>

#include <type_traits>

#include <fmt/format.h>

#include "cli/messages.h"
#include "posix/fd.h"
#include "record/overloaded.h"

namespace {

using record::Overloaded;

std::string store_text(const record::Store& store) {
  std::string text;
  if (!store.add.empty()) text += " +" + store.add.to_string();
  if (!store.remove.empty()) text += " -" + store.remove.to_string();
  return "change flags" + text;
}

} // namespace

void PlanText::add(record::Side side, const std::string& mailbox, int order,
                   const std::string& action, std::uint64_t messages,
                   std::uint64_t octets) {
  Sum& sum = sums_[{mailbox, side}][{order, action}];
  sum.messages += messages;
  sum.octets += octets;
}

namespace {

constexpr std::size_t enough = std::size_t{64} << 10;

bool is_action(const record::Record& record) {
  return std::visit(
      []<class R>(const R&) {
        return std::disjunction_v<
            std::is_same<R, record::Create>, std::is_same<R, record::Subscribe>,
            std::is_same<R, record::Identify>, std::is_same<R, record::Copy>,
            std::is_same<R, record::Append>, std::is_same<R, record::Store>,
            std::is_same<R, record::Expunge>>;
      },
      record);
}

} // namespace

void PlanText::add(const record::Record& record) {
  if (as_records_) {
    if (is_action(record)) record::append(records_, record);
    if (records_.size() < enough) return;
    posix::write_all(STDOUT_FILENO, records_, "standard output");
    records_.clear();
    return;
  }
  std::visit(Overloaded{
                 [&](const record::Create& r) { add(r.side, r.mailbox, 0, "create"); },
                 [&](const record::Subscribe& r) {
                   add(r.side, r.mailbox, 1, r.on ? "subscribe" : "unsubscribe");
                 },
                 [&](const record::Identify& r) {
                   add(r.side, r.mailbox, 2, "look for what is on both sides in",
                       r.uids.size());
                 },
                 [&](const record::Copy& r) {
                   add(r.side, r.mailbox, 3, "copy from " + r.from, r.source.size());
                 },
                 [&](const record::Append& r) {
                   add(r.side, r.mailbox, 4, "append", r.source.size(), r.octets);
                 },
                 [&](const record::Store& r) {
                   add(r.side, r.mailbox, 5, store_text(r), r.uids.size());
                 },
                 [&](const record::Expunge& r) {
                   add(r.side, r.mailbox, 6, "expunge", r.uids.size());
                 },
                 [](const auto&) {},
             },
             record);
}

void PlanText::finish() {
  std::string out = as_records_ ? records_ : text();
  if (out.empty() && !as_records_) out = "nothing to do\n";
  posix::write_all(STDOUT_FILENO, out, "standard output");
}

std::string PlanText::text() const {
  std::string text;
  for (const auto& [place, actions] : sums_)
    for (const auto& [action, sum] : actions) {
      text += fmt::format("{}: {}: {}", cli::printable(place.first),
                          record::name(place.second), cli::printable(action.second));
      if (sum.messages > 0)
        text += fmt::format(": {}", cli::count_text(sum.messages, "message", "messages"));
      if (sum.octets > 0) text += fmt::format(" ({})", cli::octets_text(sum.octets));
      text += '\n';
    }
  return text;
}
