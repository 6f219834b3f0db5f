#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "types/field_type.h"
#include "vector/string_slot.h"

namespace sluice::types {
class Value;
}

namespace sluice::vector {

/// Rows a chunk is filled with, and the most it may hold.
inline constexpr std::size_t kRowsPerChunk = 1024;
inline constexpr std::size_t kMaxRowsPerChunk = 2048;

/// Bytes of one value of `type` in a vector: 8 for numbers and times, 16 for strings and JSON, sizeof(Decimal).
std::size_t value_width(types::PhysicalType type) noexcept;

/// A column of values of one physical type, with a NULL bitmap, either flat (a value per row) or constant (one value
/// that stands for every row).
///
/// The values of a type lie as T: kInt64 int64_t, kUInt64 uint64_t, kDouble double, kDecimal types::Decimal, kTime
/// types::Time, kDuration types::Duration, kString and kJson StringSlot (a JSON value is its binary form).
/// The value of a NULL row is undefined, but may be read.
///
/// Ownership: values, bitmap and string heap are one counted storage, which reference() shares between vectors. A
/// vector is written only after clear() or on storage that nobody shares; clear() takes a new storage when the old one
/// is shared, so a reader never sees a value change. Strings stored by set_string() and append_string() live in the
/// heap; set_string_borrowed() stores a view of bytes that the caller keeps alive for as long as the vector is read.
/// Thread-safety: const members from any number of threads; the others from one thread at a time.
class ColumnVector {
 public:
  explicit ColumnVector(types::PhysicalType type);
  ColumnVector(ColumnVector&& other) noexcept;
  ColumnVector& operator=(ColumnVector&& other) noexcept;
  ~ColumnVector();

  types::PhysicalType type() const noexcept { return type_; }
  std::size_t size() const noexcept { return size_; }
  bool is_constant() const noexcept { return index_mask_ == 0; }
  /// True for vectors of StringSlot.
  bool holds_strings() const noexcept {
    return type_ == types::PhysicalType::kString || type_ == types::PhysicalType::kJson;
  }

  /// Makes the vector empty and flat. Keeps capacity, unless the storage is shared.
  void clear();
  /// clear(), and changes the physical type.
  void reset(types::PhysicalType type);
  /// Room for `row_count` rows without further allocation.
  void reserve(std::size_t row_count);
  /// Sets the number of rows. New rows are not NULL and their values undefined. Not for constant vectors.
  void resize(std::size_t row_count);
  /// Turns a vector of one row into `row_count` equal rows, in O(1).
  void make_constant(std::size_t row_count);
  /// Turns a constant vector into a flat one (a copy per row). No effect on flat vectors.
  void flatten();
  /// Becomes another view of `other`: shares its storage, in O(1).
  void reference(const ColumnVector& other);

  /// Where the value of `row` lies: the row itself, or 0 in a constant vector. AND with it to read either form.
  std::size_t index_mask() const noexcept { return index_mask_; }

  bool has_nulls() const noexcept { return has_nulls_; }
  bool is_null(std::size_t row) const noexcept {
    if (!has_nulls_) return false;
    row &= index_mask_;
    return (null_words_[row >> 6] >> (row & 63)) & 1;
  }
  void set_null(std::size_t row);
  /// Takes back set_null().
  void set_not_null(std::size_t row) noexcept;
  /// The NULL bitmap, bit set for NULL, row 0 in bit 0 of word 0; empty when no row is NULL.
  std::span<const std::uint64_t> null_words() const noexcept;
  /// Marks NULL each row that is NULL in `other`, which is as long as this vector or constant.
  void merge_nulls(const ColumnVector& other);

  /// The values, one per row (a single one when constant). T must be the type's own, as listed above.
  template <class T>
  std::span<T> values() noexcept {
    return {reinterpret_cast<T*>(values_), is_constant() ? std::size_t{1} : size_};
  }
  template <class T>
  std::span<const T> values() const noexcept {
    return {reinterpret_cast<const T*>(values_), is_constant() ? std::size_t{1} : size_};
  }
  /// The value of `row`, in flat and constant vectors.
  template <class T>
  const T& at(std::size_t row) const noexcept {
    return reinterpret_cast<const T*>(values_)[row & index_mask_];
  }

  std::string_view string_at(std::size_t row) const noexcept { return at<StringSlot>(row).view(); }
  /// Stores a copy of `text` in the heap.
  void set_string(std::size_t row, std::string_view text);
  /// Stores a view; see "Ownership".
  void set_string_borrowed(std::size_t row, std::string_view text) noexcept {
    reinterpret_cast<StringSlot*>(values_)[row] = StringSlot(text);
  }
  /// `byte_count` writable bytes of the heap, to be stored by set_string_borrowed() without a copy.
  char* allocate_string(std::size_t byte_count);

  template <class T>
  void append(const T& value) {
    const std::size_t row = size_;
    resize(row + 1);
    reinterpret_cast<T*>(values_)[row] = value;
  }
  void append_string(std::string_view text);
  void append_null();
  /// Appends row `row` of `source` (same type), copying string bytes.
  void append_from(const ColumnVector& source, std::size_t row);
  /// Appends rows [begin, begin + count) of `source` (same type), copying string bytes.
  void append_range(const ColumnVector& source, std::size_t begin, std::size_t count);
  /// clear(), then takes the rows `rows` of `source` (same type) in that order. Strings share the source's heap; borrowed
  /// strings stay borrowed.
  void gather(const ColumnVector& source, std::span<const std::uint16_t> rows);

  /// The value of `row` as a Value (strings copied). For constants, tests and row-wise code, not for hot loops.
  types::Value value_at(std::size_t row) const;
  /// Appends `value`, whose kind must fit the type (or be null). Integers convert between signed and unsigned bits.
  void append_value(const types::Value& value);

  /// Keeps the strings of `other` alive as long as this vector's storage, so that slots may be copied from there.
  void retain_strings_of(const ColumnVector& other);

  /// Copies into the own heap every string that lies elsewhere, so that the vector outlives what it borrowed from.
  void own_strings();

  /// Bytes of values, bitmap and heap; shared storage counts in full for each sharer.
  std::int64_t memory_bytes() const noexcept;

 private:
  struct Storage;

  Storage& storage();
  void grow(std::size_t row_count);
  void use_storage();
  void ensure_null_words();

  types::PhysicalType type_;
  bool has_nulls_ = false;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t index_mask_ = ~std::size_t{0};
  std::byte* values_ = nullptr;          // into storage_
  std::uint64_t* null_words_ = nullptr;  // into storage_
  std::shared_ptr<Storage> storage_;     // null: nothing stored yet
};

}  // namespace sluice::vector
