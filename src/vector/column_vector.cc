#include "vector/column_vector.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.h"
#include "types/decimal.h"
#include "types/json.h"
#include "types/time.h"
#include "types/value.h"
#include "vector/string_heap.h"

namespace sluice::vector {

using types::PhysicalType;

static_assert(sizeof(types::Time) == 8);
static_assert(sizeof(types::Duration) == 8);

std::size_t value_width(PhysicalType type) noexcept {
  switch (type) {
    case PhysicalType::kInt64:
    case PhysicalType::kUInt64:
    case PhysicalType::kDouble:
    case PhysicalType::kTime:
    case PhysicalType::kDuration:
      return 8;
    case PhysicalType::kDecimal:
      return sizeof(types::Decimal);
    case PhysicalType::kString:
    case PhysicalType::kJson:
      return sizeof(StringSlot);
  }
  return 0;
}

struct ColumnVector::Storage {
  std::unique_ptr<std::byte[]> values;
  std::size_t values_bytes = 0;
  std::vector<std::uint64_t> null_words;
  std::shared_ptr<StringHeap> heap;
  /// Heaps of other vectors that slots of this one point into.
  std::vector<std::shared_ptr<StringHeap>> retained;

  StringHeap& own_heap() {
    if (heap == nullptr) heap = std::make_shared<StringHeap>();
    return *heap;
  }
  void retain(const std::shared_ptr<StringHeap>& other) {
    if (other == nullptr || other == heap) return;
    if (std::find(retained.begin(), retained.end(), other) == retained.end()) retained.push_back(other);
  }
};

ColumnVector::ColumnVector(PhysicalType type) : type_(type) {}

ColumnVector::ColumnVector(ColumnVector&& other) noexcept
    : type_(other.type_),
      has_nulls_(std::exchange(other.has_nulls_, false)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      index_mask_(std::exchange(other.index_mask_, ~std::size_t{0})),
      values_(std::exchange(other.values_, nullptr)),
      null_words_(std::exchange(other.null_words_, nullptr)),
      storage_(std::move(other.storage_)) {}

ColumnVector& ColumnVector::operator=(ColumnVector&& other) noexcept {
  if (this == &other) return *this;
  type_ = other.type_;
  has_nulls_ = std::exchange(other.has_nulls_, false);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  index_mask_ = std::exchange(other.index_mask_, ~std::size_t{0});
  values_ = std::exchange(other.values_, nullptr);
  null_words_ = std::exchange(other.null_words_, nullptr);
  storage_ = std::move(other.storage_);
  return *this;
}

ColumnVector::~ColumnVector() = default;

ColumnVector::Storage& ColumnVector::storage() {
  if (storage_ == nullptr) storage_ = std::make_shared<Storage>();
  return *storage_;
}

void ColumnVector::use_storage() {
  if (storage_ == nullptr) {
    values_ = nullptr;
    null_words_ = nullptr;
    capacity_ = 0;
    return;
  }
  const std::size_t width = value_width(type_);
  values_ = storage_->values.get();
  null_words_ = storage_->null_words.data();
  capacity_ = storage_->values_bytes / width;
}

void ColumnVector::clear() {
  if (storage_ == nullptr || storage_.use_count() != 1) {
    storage_.reset();
    use_storage();
  } else {
    // Pairs with the release of the last other owner, whose reads must precede our writes.
    std::atomic_thread_fence(std::memory_order_acquire);
    storage_->retained.clear();
    if (storage_->heap != nullptr) {
      if (storage_->heap.use_count() == 1) {
        storage_->heap->clear();
      } else {
        storage_->heap.reset();
      }
    }
  }
  size_ = 0;
  has_nulls_ = false;
  index_mask_ = ~std::size_t{0};
}

void ColumnVector::reset(PhysicalType type) {
  clear();
  type_ = type;
  use_storage();
}

void ColumnVector::reserve(std::size_t row_count) {
  if (row_count > capacity_) grow(row_count);
}

void ColumnVector::grow(std::size_t row_count) {
  const std::size_t width = value_width(type_);
  const std::size_t bytes = std::max(row_count, std::min<std::size_t>(capacity_ * 2, capacity_ + 65536)) * width;
  auto values = std::make_unique_for_overwrite<std::byte[]>(bytes);
  if (size_ != 0) std::memcpy(values.get(), values_, size_ * width);
  storage().values = std::move(values);
  storage_->values_bytes = bytes;
  use_storage();
}

void ColumnVector::ensure_null_words() {
  const std::size_t words = (std::max(size_, std::size_t{1}) + 63) / 64;
  if (storage().null_words.size() < words) {
    storage_->null_words.resize(std::max(words, capacity_ / 64 + 1), 0);
    null_words_ = storage_->null_words.data();
  }
}

void ColumnVector::resize(std::size_t row_count) {
  SLUICE_DCHECK(!is_constant(), "resize of a constant vector");
  if (row_count > capacity_) grow(row_count);
  const std::size_t old_size = size_;
  size_ = row_count;
  if (!has_nulls_) return;
  ensure_null_words();
  // Bits beyond the old size may be left over from rows that were cut off.
  for (std::size_t row = old_size; row < row_count;) {
    if ((row & 63) == 0 && row + 64 <= row_count) {
      null_words_[row >> 6] = 0;
      row += 64;
    } else {
      null_words_[row >> 6] &= ~(std::uint64_t{1} << (row & 63));
      ++row;
    }
  }
}

void ColumnVector::make_constant(std::size_t row_count) {
  SLUICE_DCHECK(size_ >= 1, "a constant vector needs its value");
  index_mask_ = 0;
  size_ = row_count;
}

void ColumnVector::flatten() {
  if (!is_constant()) return;
  ColumnVector flat(type_);
  flat.resize(size_);
  const std::size_t width = value_width(type_);
  for (std::size_t row = 0; row < size_; ++row) std::memcpy(flat.values_ + row * width, values_, width);
  if (holds_strings()) flat.retain_strings_of(*this);
  if (has_nulls_ && (null_words_[0] & 1) != 0) {
    for (std::size_t row = 0; row < flat.size_; ++row) flat.set_null(row);
  }
  *this = std::move(flat);
}

void ColumnVector::reference(const ColumnVector& other) {
  if (this == &other) return;
  type_ = other.type_;
  has_nulls_ = other.has_nulls_;
  size_ = other.size_;
  capacity_ = other.capacity_;
  index_mask_ = other.index_mask_;
  values_ = other.values_;
  null_words_ = other.null_words_;
  storage_ = other.storage_;
}

void ColumnVector::set_null(std::size_t row) {
  if (!has_nulls_) {
    ensure_null_words();
    std::fill(storage_->null_words.begin(), storage_->null_words.end(), 0);
    has_nulls_ = true;
  }
  null_words_[row >> 6] |= std::uint64_t{1} << (row & 63);
}

void ColumnVector::set_not_null(std::size_t row) noexcept {
  if (has_nulls_) null_words_[row >> 6] &= ~(std::uint64_t{1} << (row & 63));
}

std::span<const std::uint64_t> ColumnVector::null_words() const noexcept {
  if (!has_nulls_) return {};
  return {null_words_, ((is_constant() ? 1 : size_) + 63) / 64};
}

void ColumnVector::merge_nulls(const ColumnVector& other) {
  if (!other.has_nulls_ || size_ == 0) return;
  if (!has_nulls_) {
    set_null(0);
    set_not_null(0);
  }
  ensure_null_words();
  const std::size_t words = (size_ + 63) / 64;
  if (other.is_constant()) {
    if ((other.null_words_[0] & 1) != 0) std::fill(null_words_, null_words_ + words, ~std::uint64_t{0});
    return;
  }
  for (std::size_t word = 0; word < words; ++word) null_words_[word] |= other.null_words_[word];
}

void ColumnVector::set_string(std::size_t row, std::string_view text) {
  StringSlot* slots = reinterpret_cast<StringSlot*>(values_);
  slots[row] = StringSlot(text.size() <= StringSlot::kInlineBytes ? text : storage().own_heap().copy(text));
}

char* ColumnVector::allocate_string(std::size_t byte_count) { return storage().own_heap().allocate(byte_count); }

void ColumnVector::append_string(std::string_view text) {
  resize(size_ + 1);
  set_string(size_ - 1, text);
}

void ColumnVector::append_null() {
  resize(size_ + 1);
  std::memset(values_ + (size_ - 1) * value_width(type_), 0, value_width(type_));
  set_null(size_ - 1);
}

void ColumnVector::append_from(const ColumnVector& source, std::size_t row) {
  SLUICE_DCHECK(source.type_ == type_, "append of another physical type");
  if (source.is_null(row)) {
    append_null();
    return;
  }
  resize(size_ + 1);
  if (holds_strings()) {
    set_string(size_ - 1, source.string_at(row));
    return;
  }
  const std::size_t width = value_width(type_);
  std::memcpy(values_ + (size_ - 1) * width, source.values_ + (row & source.index_mask_) * width, width);
}

void ColumnVector::append_range(const ColumnVector& source, std::size_t begin, std::size_t count) {
  if (source.is_constant() || holds_strings() || source.has_nulls_) {
    reserve(size_ + count);
    for (std::size_t row = begin; row < begin + count; ++row) append_from(source, row);
    return;
  }
  const std::size_t width = value_width(type_);
  const std::size_t old_size = size_;
  resize(old_size + count);
  std::memcpy(values_ + old_size * width, source.values_ + begin * width, count * width);
}

namespace {

template <class T>
void gather_values(std::byte* out, const std::byte* in, std::span<const std::uint16_t> rows) {
  T* target = reinterpret_cast<T*>(out);
  const T* values = reinterpret_cast<const T*>(in);
  for (std::size_t position = 0; position < rows.size(); ++position) target[position] = values[rows[position]];
}

}  // namespace

void ColumnVector::gather(const ColumnVector& source, std::span<const std::uint16_t> rows) {
  SLUICE_DCHECK(&source != this, "gather in place");
  if (source.is_constant()) {
    reference(source);
    size_ = rows.size();
    return;
  }
  reset(source.type_);
  resize(rows.size());
  switch (type_) {
    case PhysicalType::kDecimal:
      gather_values<types::Decimal>(values_, source.values_, rows);
      break;
    case PhysicalType::kString:
    case PhysicalType::kJson:
      gather_values<StringSlot>(values_, source.values_, rows);
      retain_strings_of(source);
      break;
    default:
      gather_values<std::uint64_t>(values_, source.values_, rows);
  }
  if (!source.has_nulls_) return;
  for (std::size_t position = 0; position < rows.size(); ++position) {
    const std::size_t row = rows[position];
    if ((source.null_words_[row >> 6] >> (row & 63)) & 1) set_null(position);
  }
}

types::Value ColumnVector::value_at(std::size_t row) const {
  if (is_null(row)) return types::Value::null();
  switch (type_) {
    case PhysicalType::kInt64:
      return types::Value(at<std::int64_t>(row));
    case PhysicalType::kUInt64:
      return types::Value(at<std::uint64_t>(row));
    case PhysicalType::kDouble:
      return types::Value(at<double>(row));
    case PhysicalType::kDecimal:
      return types::Value(at<types::Decimal>(row));
    case PhysicalType::kTime:
      return types::Value(at<types::Time>(row));
    case PhysicalType::kDuration:
      return types::Value(at<types::Duration>(row));
    case PhysicalType::kString:
      return types::Value(string_at(row));
    case PhysicalType::kJson:
      return types::Value(types::Json::from_trusted_binary(std::string(string_at(row))));
  }
  return types::Value::null();
}

void ColumnVector::append_value(const types::Value& value) {
  using Kind = types::Value::Kind;
  if (value.is_null()) {
    append_null();
    return;
  }
  switch (type_) {
    case PhysicalType::kInt64:
      append(value.kind() == Kind::kUInt64 ? static_cast<std::int64_t>(value.as_uint64()) : value.as_int64());
      return;
    case PhysicalType::kUInt64:
      append(value.kind() == Kind::kInt64 ? static_cast<std::uint64_t>(value.as_int64()) : value.as_uint64());
      return;
    case PhysicalType::kDouble:
      append(value.as_double());
      return;
    case PhysicalType::kDecimal:
      append(value.as_decimal());
      return;
    case PhysicalType::kTime:
      append(value.as_time());
      return;
    case PhysicalType::kDuration:
      append(value.as_duration());
      return;
    case PhysicalType::kString:
      append_string(value.as_string());
      return;
    case PhysicalType::kJson:
      append_string(value.as_json().binary());
      return;
  }
}

void ColumnVector::retain_strings_of(const ColumnVector& other) {
  if (other.storage_ == nullptr || other.storage_ == storage_) return;
  storage().retain(other.storage_->heap);
  for (const auto& heap : other.storage_->retained) storage_->retain(heap);
}

void ColumnVector::own_strings() {
  if (!holds_strings() || size_ == 0) return;
  ColumnVector copy(type_);
  const std::size_t physical_size = is_constant() ? 1 : size_;
  copy.resize(physical_size);
  const StringSlot* slots = reinterpret_cast<const StringSlot*>(values_);
  for (std::size_t row = 0; row < physical_size; ++row) {
    const bool null = has_nulls_ && ((null_words_[row >> 6] >> (row & 63)) & 1) != 0;
    copy.set_string(row, null ? std::string_view() : slots[row].view());
    if (null) copy.set_null(row);
  }
  if (is_constant()) copy.make_constant(size_);
  *this = std::move(copy);
}

std::int64_t ColumnVector::memory_bytes() const noexcept {
  if (storage_ == nullptr) return 0;
  std::int64_t bytes = static_cast<std::int64_t>(storage_->values_bytes + storage_->null_words.capacity() * 8);
  if (storage_->heap != nullptr) bytes += storage_->heap->memory_bytes();
  for (const auto& heap : storage_->retained) bytes += heap->memory_bytes();
  return bytes;
}

}  // namespace sluice::vector
