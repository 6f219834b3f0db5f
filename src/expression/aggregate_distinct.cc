// DISTINCT within an aggregate, and COUNT of distinct values by hash.
#include <vector>

#include "expression/aggregate_typed.h"
#include "types/collation.h"
#include "vector/key.h"
#include "vector/sort_key.h"
#include "vector/spill_file.h"

namespace sluice::expression {

using types::PhysicalType;
using vector::ActiveRows;
using vector::Chunk;
using vector::ColumnVector;

namespace {

// A set of byte strings that grows from nothing: many groups have few distinct values.
class ByteStringSet {
 public:
  // True if `bytes` was not there.
  bool insert(std::string_view bytes) {
    if ((entries_.size() + 1) * 2 > table_.size()) grow();
    const std::uint64_t hash = hash_of(bytes);
    std::size_t slot = hash & (table_.size() - 1);
    while (table_[slot] != 0) {
      const Entry& entry = entries_[table_[slot] - 1];
      if (entry.hash == hash && text(entry) == bytes) return false;
      slot = (slot + 1) & (table_.size() - 1);
    }
    entries_.push_back({hash, bytes_.size(), bytes.size()});
    bytes_ += bytes;
    table_[slot] = static_cast<std::uint32_t>(entries_.size());
    return true;
  }

  std::int64_t memory_bytes() const noexcept {
    return static_cast<std::int64_t>(bytes_.capacity() + entries_.capacity() * sizeof(Entry) + table_.capacity() * 4);
  }

 private:
  struct Entry {
    std::uint64_t hash;
    std::size_t offset;
    std::size_t size;
  };

  static std::uint64_t hash_of(std::string_view bytes) { return types::binary_collation()->hash(bytes, 0); }
  std::string_view text(const Entry& entry) const { return std::string_view(bytes_).substr(entry.offset, entry.size); }

  void grow() {
    table_.assign(table_.empty() ? 8 : table_.size() * 2, 0);
    for (std::size_t index = 0; index < entries_.size(); ++index) {
      std::size_t slot = entries_[index].hash & (table_.size() - 1);
      while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = static_cast<std::uint32_t>(index + 1);
    }
  }

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> table_;
};

// The state in front of the inner one: which keys were seen, and their rows, for merging.
struct DistinctState {
  ByteStringSet seen;
  std::vector<ColumnVector> rows;  // one column per argument
  std::size_t row_count = 0;
};

class Distinct final : public AggregateFunction {
 public:
  Distinct(AggregatePtr inner, std::vector<vector::SortColumn> keys, std::vector<PhysicalType> column_types)
      : AggregateFunction(kOwnBytes + inner->state_bytes(), true),
        inner_(std::move(inner)),
        keys_(std::move(keys)),
        column_types_(std::move(column_types)) {}

  void initialize(std::byte* state) const override {
    DistinctState* own = std::construct_at(reinterpret_cast<DistinctState*>(state));
    for (PhysicalType type : column_types_) own->rows.emplace_back(type);
    inner_->initialize(inner_state(state));
  }

  void update(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* const* states) const override {
    std::vector<std::uint16_t> new_rows;
    std::vector<std::byte*> new_states;
    for (std::size_t position = 0; position < rows.count; ++position) {
      if (!insert(states[position], args, rows[position])) continue;
      new_rows.push_back(static_cast<std::uint16_t>(rows[position]));
      new_states.push_back(inner_state(states[position]));
    }
    inner_->update(context, args, ActiveRows::of(new_rows), new_states.data());
  }

  void update_single(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* state) const override {
    std::vector<std::uint16_t> new_rows;
    vector::for_each_row(rows, [&](std::size_t row) {
      if (insert(state, args, row)) new_rows.push_back(static_cast<std::uint16_t>(row));
    });
    inner_->update_single(context, args, ActiveRows::of(new_rows), inner_state(state));
  }

  void merge(EvalContext& context, std::byte* into, const std::byte* from) const override {
    add_rows(context, own(from).rows, own(from).row_count, into);
  }

  void finalize(EvalContext& context, const std::byte* state, ColumnVector& out) const override {
    inner_->finalize(context, inner_state(state), out);
  }

  // u64 rows, then blocks: u64 rows, text (the raw form of a chunk).
  void serialize(const std::byte* state, std::string& out) const override {
    const DistinctState& own_state = own(state);
    append_plain(static_cast<std::uint64_t>(own_state.row_count), out);
    for (std::size_t begin = 0; begin < own_state.row_count; begin += vector::kRowsPerChunk) {
      const std::size_t count = std::min(vector::kRowsPerChunk, own_state.row_count - begin);
      Chunk chunk{column_types_};
      for (std::size_t column = 0; column < column_types_.size(); ++column) {
        chunk.columns[column].append_range(own_state.rows[column], begin, count);
      }
      chunk.row_count = count;
      std::string bytes;
      vector::encode_chunk(chunk, bytes);
      append_plain(static_cast<std::uint64_t>(count), out);
      append_text(bytes, out);
    }
  }

  void merge_serialized(EvalContext& context, std::byte* into, std::string_view& bytes) const override {
    auto left = static_cast<std::size_t>(take_plain<std::uint64_t>(bytes));
    Chunk chunk;
    while (left != 0) {
      const auto count = static_cast<std::size_t>(take_plain<std::uint64_t>(bytes));
      vector::decode_chunk(take_text(bytes), count, column_types_, chunk);
      add_rows(context, chunk.columns, count, into);
      left -= count;
    }
  }

  void destroy(std::byte* state) const noexcept override {
    std::destroy_at(reinterpret_cast<DistinctState*>(state));
    inner_->destroy(inner_state(state));
  }

  std::int64_t owned_bytes(const std::byte* state) const noexcept override {
    std::int64_t bytes = own(state).seen.memory_bytes() + inner_->owned_bytes(inner_state(state));
    for (const ColumnVector& column : own(state).rows) bytes += column.memory_bytes();
    return bytes;
  }

 private:
  static constexpr std::size_t kOwnBytes = (sizeof(DistinctState) + 15) / 16 * 16;

  static std::byte* inner_state(std::byte* state) noexcept { return state + kOwnBytes; }
  static const std::byte* inner_state(const std::byte* state) noexcept { return state + kOwnBytes; }
  static DistinctState& own(std::byte* state) noexcept { return *reinterpret_cast<DistinctState*>(state); }
  static const DistinctState& own(const std::byte* state) noexcept {
    return *reinterpret_cast<const DistinctState*>(state);
  }

  // Whether the row is new; keeps it if so. Rows with a NULL argument never count.
  bool insert(std::byte* state, AggregateArguments args, std::size_t row) const {
    for (std::size_t index = 0; index < keys_.size(); ++index) {
      if (args[index]->is_null(row)) return false;
    }
    std::string key;
    vector::append_sort_key(keys_, args, row, key);
    DistinctState& own_state = own(state);
    if (!own_state.seen.insert(key)) return false;
    for (std::size_t column = 0; column < column_types_.size(); ++column) {
      own_state.rows[column].append_from(*args[column], row);
    }
    ++own_state.row_count;
    return true;
  }

  void add_rows(EvalContext& context, const std::vector<ColumnVector>& columns, std::size_t count,
                std::byte* into) const {
    for (std::size_t begin = 0; begin < count; begin += vector::kRowsPerChunk) {
      context.stop.poll();
      const std::size_t size = std::min(vector::kRowsPerChunk, count - begin);
      Chunk chunk{column_types_};
      std::vector<const ColumnVector*> args;
      for (std::size_t column = 0; column < column_types_.size(); ++column) {
        chunk.columns[column].append_range(columns[column], begin, size);
        args.push_back(&chunk.columns[column]);
      }
      update_single(context, args, ActiveRows::all(size), into);
    }
  }

  AggregatePtr inner_;
  std::vector<vector::SortColumn> keys_;    // the arguments
  std::vector<PhysicalType> column_types_;  // the arguments, then the order-by values
};

// APPROX_COUNT_DISTINCT: distinct 64-bit hashes, which are as many as the distinct values but for rare collisions.
struct HashSetState {
  ByteStringSet hashes;
  std::vector<std::uint64_t> list;
};

class ApproximateCount final : public TypedAggregate<ApproximateCount, HashSetState> {
 public:
  struct Reader {
    AggregateArguments args;
    explicit Reader(AggregateArguments arguments) : args(arguments) {}
  };

  explicit ApproximateCount(std::vector<vector::KeyColumn> keys) : keys_(std::move(keys)) {}

  void add(EvalContext&, HashSetState& state, const Reader& reader, std::size_t row) const {
    if (vector::never_matches(keys_, reader.args, row)) return;
    const std::uint16_t rows[1] = {static_cast<std::uint16_t>(row)};
    std::uint64_t hash = 0;
    vector::hash_keys(keys_, reader.args, ActiveRows::of(rows), &hash);
    insert(state, hash);
  }
  void merge_states(EvalContext&, HashSetState& into, const HashSetState& from) const {
    for (std::uint64_t hash : from.list) insert(into, hash);
  }
  void append_result(EvalContext&, const HashSetState& state, ColumnVector& out) const {
    out.append(static_cast<std::int64_t>(state.list.size()));
  }
  void save(const HashSetState& state, std::string& out) const {
    append_text({reinterpret_cast<const char*>(state.list.data()), state.list.size() * 8}, out);
  }
  HashSetState load(std::string_view& bytes) const {
    HashSetState state;
    std::string_view words = take_text(bytes);
    while (!words.empty()) insert(state, take_plain<std::uint64_t>(words));
    return state;
  }
  std::int64_t bytes_of(const HashSetState& state) const {
    return state.hashes.memory_bytes() + static_cast<std::int64_t>(state.list.capacity() * 8);
  }

 private:
  static void insert(HashSetState& state, std::uint64_t hash) {
    if (state.hashes.insert({reinterpret_cast<const char*>(&hash), sizeof(hash)})) state.list.push_back(hash);
  }

  std::vector<vector::KeyColumn> keys_;
};

// States as values: a partial aggregate yields its serialised state, a final one takes it.

class Wrapper : public AggregateFunction {
 public:
  explicit Wrapper(AggregatePtr inner)
      : AggregateFunction(inner->state_bytes(), inner->owns_memory()), inner_(std::move(inner)) {}
  void initialize(std::byte* state) const override { inner_->initialize(state); }
  void update(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* const* states) const override {
    inner_->update(context, args, rows, states);
  }
  void update_single(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* state) const override {
    inner_->update_single(context, args, rows, state);
  }
  void merge(EvalContext& context, std::byte* into, const std::byte* from) const override {
    inner_->merge(context, into, from);
  }
  void finalize(EvalContext& context, const std::byte* state, ColumnVector& out) const override {
    inner_->finalize(context, state, out);
  }
  void serialize(const std::byte* state, std::string& out) const override { inner_->serialize(state, out); }
  void merge_serialized(EvalContext& context, std::byte* into, std::string_view& bytes) const override {
    inner_->merge_serialized(context, into, bytes);
  }
  void destroy(std::byte* state) const noexcept override { inner_->destroy(state); }
  std::int64_t owned_bytes(const std::byte* state) const noexcept override { return inner_->owned_bytes(state); }

 protected:
  AggregatePtr inner_;
};

class Partial final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void finalize(EvalContext&, const std::byte* state, ColumnVector& out) const override {
    std::string bytes;
    inner_->serialize(state, bytes);
    out.append_string(bytes);
  }
};

class Final final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void update(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* const* states) const override {
    for (std::size_t position = 0; position < rows.count; ++position) {
      take(context, args, rows[position], states[position]);
    }
  }
  void update_single(EvalContext& context, AggregateArguments args, ActiveRows rows, std::byte* state) const override {
    vector::for_each_row(rows, [&](std::size_t row) { take(context, args, row, state); });
  }

 private:
  void take(EvalContext& context, AggregateArguments args, std::size_t row, std::byte* state) const {
    if (args[0]->is_null(row)) return;
    std::string_view bytes = args[0]->string_at(row);
    inner_->merge_serialized(context, state, bytes);
  }
};

}  // namespace

AggregatePtr make_distinct(const AggregateDescriptor& descriptor, AggregatePtr inner) {
  std::vector<vector::SortColumn> keys;
  std::vector<PhysicalType> types;
  for (const ExpressionPtr& argument : descriptor.args) {
    keys.push_back({argument->physical_type(), argument->type().collation, false});
    types.push_back(argument->physical_type());
  }
  for (const AggregateOrder& order : descriptor.order_by) types.push_back(order.expression->physical_type());
  return std::make_unique<Distinct>(std::move(inner), std::move(keys), std::move(types));
}

AggregatePtr make_approximate_count(const AggregateDescriptor& descriptor) {
  std::vector<vector::KeyColumn> keys;
  for (const ExpressionPtr& argument : descriptor.args) {
    const types::Collation* collation = argument->type().collation;
    keys.push_back({argument->physical_type(), collation != nullptr ? collation : types::default_collation(), false});
  }
  return std::make_unique<ApproximateCount>(std::move(keys));
}

AggregatePtr make_final(AggregatePtr inner) { return std::make_unique<Final>(std::move(inner)); }
AggregatePtr make_partial(AggregatePtr inner) { return std::make_unique<Partial>(std::move(inner)); }

}  // namespace sluice::expression
