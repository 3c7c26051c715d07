// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "posix/fault.h"

namespace cli {

struct Pattern::Impl {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;
};

Pattern::Pattern(const std::string& expression) : impl_{std::make_unique<Impl>()} {
  int error = 0;
  PCRE2_SIZE offset = 0;
  impl_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()),
                              expression.size(), 0, &error, &offset, nullptr);
  if (!impl_->code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    throw posix::Fault{EX_USAGE, "ignore-mailbox: at character " +
                                     std::to_string(offset) + ": " +
                                     reinterpret_cast<const char*>(text.data())};
  }
  impl_->match = pcre2_match_data_create_from_pattern(impl_->code, nullptr);
}

Pattern::~Pattern() {
  pcre2_match_data_free(impl_->match);
  pcre2_code_free(impl_->code);
}

std::optional<bool> Pattern::matches(std::string_view text) const {
  const int result = pcre2_match(impl_->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
                                 text.size(), 0, 0, impl_->match, nullptr);
  if (result < 0 && result != PCRE2_ERROR_NOMATCH) return {};
  return result >= 0;
}

} // namespace cli
