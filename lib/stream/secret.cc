// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/secret.h"

#include <string.h> // explicit_bzero

#include <algorithm>
#include <utility>

namespace stream {

Secret Secret::take(std::string& text) {
  Secret secret{text};
  wipe(text);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_{std::move(other.data_)}, size_{std::exchange(other.size_, 0)},
      capacity_{std::exchange(other.capacity_, 0)} {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  erase();
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void Secret::append(std::string_view octets) {
  if (octets.empty()) return;
  reserve(size_ + octets.size());
  std::copy(octets.begin(), octets.end(), data_.get() + size_);
  size_ += octets.size();
}

char* Secret::resize(std::size_t size) {
  reserve(size);
  if (size < size_) explicit_bzero(data_.get() + size, size_ - size);
  size_ = size;
  return data_.get();
}

void Secret::erase() {
  if (data_) explicit_bzero(data_.get(), capacity_);
  size_ = 0;
}

void Secret::wipe(std::string& text) {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

void Secret::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  capacity = std::max({capacity, 2 * capacity_, std::size_t{64}});
  auto grown = std::make_unique<char[]>(capacity);
  std::copy(data_.get(), data_.get() + size_, grown.get());
  if (data_) explicit_bzero(data_.get(), capacity_);
  data_ = std::move(grown);
  capacity_ = capacity;
}

} // namespace stream
