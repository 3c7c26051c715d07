// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_OVERLOADED_H
#define IMAPSYNC_RECORD_OVERLOADED_H

namespace record {

/// Lambdas as one visitor of std::visit, one for each kind of record.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

} // namespace record

#endif
