// MIN, MAX, ANY_VALUE and the first row of a group.
#include <optional>

#include "expression/aggregate_typed.h"
#include "types/collation.h"
#include "types/decimal.h"
#include "types/json.h"

namespace sluice::expression {

using types::Decimal;
using types::PhysicalType;
using vector::ColumnVector;
using vector::StringSlot;

namespace {

enum class Choice : std::uint8_t { kMin, kMax, kFirst };

template <class T>
struct FixedState {
  T value{};
  std::uint64_t state = 0;  // 0 nothing seen, 1 value, 2 NULL (kFirst)
};

template <class T, Choice kChoice>
class FixedExtreme final : public TypedAggregate<FixedExtreme<T, kChoice>, FixedState<T>> {
 public:
  using Reader = SingleReader<T>;
  using State = FixedState<T>;

  void add(EvalContext&, State& state, const Reader& reader, std::size_t row) const {
    if constexpr (kChoice == Choice::kFirst) {
      if (state.state != 0) return;
      state = reader.is_null(row) ? State{T{}, 2} : State{reader[row], 1};
    } else {
      if (!reader.is_null(row)) take(state, reader[row]);
    }
  }

  void merge_states(EvalContext&, State& into, const State& from) const {
    if constexpr (kChoice == Choice::kFirst) {
      if (into.state == 0) into = from;
    } else {
      if (from.state == 1) take(into, from.value);
    }
  }

  void append_result(EvalContext&, const State& state, ColumnVector& out) const {
    if (state.state == 1) {
      out.append(state.value);
    } else {
      out.append_null();
    }
  }

 private:
  static void take(State& state, const T& value) {
    const bool better = kChoice == Choice::kMin ? value < state.value : state.value < value;
    if (state.state == 0 || better) state = State{value, 1};
  }
};

struct TextState {
  std::string value;
  std::uint8_t state = 0;
};

// Strings under a collation, or documents in JSON's order.
class TextExtreme final : public TypedAggregate<TextExtreme, TextState> {
 public:
  using Reader = SingleReader<StringSlot>;

  TextExtreme(Choice choice, bool json, const types::Collation* collation)
      : choice_(choice), json_(json), collation_(collation) {}

  void add(EvalContext&, TextState& state, const Reader& reader, std::size_t row) const {
    if (choice_ == Choice::kFirst) {
      if (state.state != 0) return;
      state.state = reader.is_null(row) ? 2 : 1;
      if (state.state == 1) state.value = reader[row].view();
      return;
    }
    if (!reader.is_null(row)) take(state, reader[row].view());
  }

  void merge_states(EvalContext&, TextState& into, const TextState& from) const {
    if (choice_ == Choice::kFirst) {
      if (into.state == 0) into = from;
    } else if (from.state == 1) {
      take(into, from.value);
    }
  }

  void append_result(EvalContext&, const TextState& state, ColumnVector& out) const {
    if (state.state == 1) {
      out.append_string(state.value);
    } else {
      out.append_null();
    }
  }

  void save(const TextState& state, std::string& out) const {
    append_plain(state.state, out);
    append_text(state.value, out);
  }
  TextState load(std::string_view& bytes) const {
    TextState state;
    state.state = take_plain<std::uint8_t>(bytes);
    state.value = take_text(bytes);
    return state;
  }
  std::int64_t bytes_of(const TextState& state) const {
    return state.value.capacity() > 15 ? static_cast<std::int64_t>(state.value.capacity()) : 0;
  }

 private:
  void take(TextState& state, std::string_view value) const {
    if (state.state != 0) {
      const int order = compare(value, state.value);
      if (choice_ == Choice::kMin ? order >= 0 : order <= 0) return;
    }
    state.state = 1;
    state.value = value;
  }

  int compare(std::string_view left, std::string_view right) const {
    if (json_) return types::compare_json(types::JsonView::from_binary(left), types::JsonView::from_binary(right));
    return collation_->compare(left, right);
  }

  Choice choice_;
  bool json_;
  const types::Collation* collation_;
};

template <class T>
AggregatePtr make_fixed(Choice choice) {
  switch (choice) {
    case Choice::kMin:
      return std::make_unique<FixedExtreme<T, Choice::kMin>>();
    case Choice::kMax:
      return std::make_unique<FixedExtreme<T, Choice::kMax>>();
    default:
      return std::make_unique<FixedExtreme<T, Choice::kFirst>>();
  }
}

}  // namespace

AggregatePtr make_extreme(const AggregateDescriptor& descriptor) {
  const Choice choice = descriptor.name == "min"   ? Choice::kMin
                        : descriptor.name == "max" ? Choice::kMax
                                                   : Choice::kFirst;
  const Expression& argument = *descriptor.args[0];
  switch (argument.physical_type()) {
    case PhysicalType::kInt64:
    case PhysicalType::kDuration:
      return make_fixed<std::int64_t>(choice);
    case PhysicalType::kUInt64:
    case PhysicalType::kTime:
      return make_fixed<std::uint64_t>(choice);
    case PhysicalType::kDouble:
      return make_fixed<double>(choice);
    case PhysicalType::kDecimal:
      return make_fixed<Decimal>(choice);
    case PhysicalType::kString:
    case PhysicalType::kJson: {
      const types::Collation* collation = argument.type().collation;
      return std::make_unique<TextExtreme>(choice, argument.physical_type() == PhysicalType::kJson,
                                           collation != nullptr ? collation : types::default_collation());
    }
  }
  return nullptr;
}

}  // namespace sluice::expression
