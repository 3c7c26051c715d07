// SPDX-License-Identifier: GPL-3.0-or-later
#include "unopened.h"

#include <variant>

namespace {

std::size_t index(record::Side side) { return side == record::Side::local ? 0 : 1; }

} // namespace

bool Unopened::bear(record::Side side, const posix::Fault& fault) {
  if (listed_[index(side)]) return false;
  if (!unopened_) unopened_.emplace(side, fault);
  return true;
}

void Unopened::on(const record::Record& record) {
  const auto* server = std::get_if<record::Server>(&record);
  if (server) listed_[index(server->side)] = true;
  if (!unopened_) return;
  if ((server && server->side == unopened_->first) ||
      std::holds_alternative<record::EndRound>(record))
    throw posix::Fault{unopened_->second};
}
