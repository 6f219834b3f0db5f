#include "expression/expression.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "expression/conversion.h"
#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "types/compare.h"
#include "types/value_text.h"

namespace sluice::expression {

using types::FieldType;
using types::Value;
using vector::ActiveRows;
using vector::Chunk;
using vector::ColumnVector;

namespace {

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
  return seed * 0xff51afd7ed558ccdULL;
}

const Chunk& one_row_chunk() {
  static const Chunk chunk = [] {
    Chunk result;
    result.row_count = 1;
    return result;
  }();
  return chunk;
}

types::Coercibility column_coercibility(const FieldType& type) {
  return type.collation != nullptr ? types::Coercibility::kImplicit : types::Coercibility::kNumeric;
}

}  // namespace

Expression::Expression(ExpressionKind kind, FieldType type, std::vector<ExpressionPtr> children,
                       std::uint8_t own_traits)
    : kind_(kind),
      physical_type_(types::physical_type(type)),
      traits_(own_traits),
      type_(std::move(type)),
      children_(std::move(children)) {
  for (const ExpressionPtr& child : children_) traits_ |= child->traits_;
  if (!has_columns() || children_.empty()) return;
  for (const ExpressionPtr& child : children_) {
    if (!child->has_columns()) continue;
    const ColumnRef* column = child->sole_column_;
    const bool is_same =
        column != nullptr && (sole_column_ == nullptr || column->column_id() == sole_column_->column_id());
    if (!is_same) {
      sole_column_ = nullptr;
      return;
    }
    if (sole_column_ == nullptr) sole_column_ = column;
  }
}

void Expression::evaluate(EvalContext& context, const Chunk& chunk, ColumnVector& out) const {
  out.reset(physical_type_);
  const ColumnVector& result = evaluate_rows(context, chunk, chunk.active_rows(), out);
  if (&result != &out) out.reference(result);
  if (out.is_constant()) out.make_constant(chunk.row_count);
}

Value Expression::evaluate_row(EvalContext& context, const Chunk& chunk, std::size_t row) const {
  ScratchVector scratch(context, physical_type_);
  const std::uint16_t rows[1] = {static_cast<std::uint16_t>(row)};
  return evaluate_rows(context, chunk, ActiveRows::of(rows), *scratch).value_at(row);
}

Value Expression::evaluate_constant(EvalContext& context) const {
  ScratchVector scratch(context, physical_type_);
  return evaluate_rows(context, one_row_chunk(), ActiveRows::all(1), *scratch).value_at(0);
}

bool Expression::equals(const Expression& other) const {
  if (this == &other) return true;
  if (kind_ != other.kind_ || children_.size() != other.children_.size()) return false;
  if (!is_deterministic() || !other.is_deterministic()) return false;
  if (!equals_node(other)) return false;
  for (std::size_t index = 0; index < children_.size(); ++index) {
    if (!children_[index]->equals(*other.children_[index])) return false;
  }
  return true;
}

std::uint64_t Expression::hash() const {
  std::uint64_t result = mix(static_cast<std::uint64_t>(kind_), hash_node());
  for (const ExpressionPtr& child : children_) result = mix(result, child->hash());
  return result;
}

void Expression::collect_columns(std::vector<const ColumnRef*>& out) const {
  if (!has_columns()) return;
  if (sole_column_ != nullptr) {
    out.push_back(sole_column_);
    return;
  }
  for (const ExpressionPtr& child : children_) child->collect_columns(out);
}

// ColumnRef

ColumnRef::ColumnRef(std::int64_t column_id, int position, FieldType type, std::string display_name)
    : Expression(ExpressionKind::kColumn, std::move(type), {}, kHasColumns),
      column_id_(column_id),
      position_(position),
      display_name_(std::move(display_name)) {
  sole_column_ = this;
  coercibility_ = column_coercibility(this->type());
  if (this->type().collation == nullptr) repertoire_ = types::Repertoire::kAscii;
}

ExpressionPtr ColumnRef::at_position(int position) const {
  return std::make_shared<ColumnRef>(column_id_, position, type(), display_name_);
}

const ColumnVector& ColumnRef::evaluate_rows(EvalContext&, const Chunk& chunk, ActiveRows, ColumnVector&) const {
  SLUICE_CHECK(position_ >= 0 && static_cast<std::size_t>(position_) < chunk.columns.size(),
               "column {} is at position {} of a chunk of {} columns", display_name_, position_, chunk.columns.size());
  const ColumnVector& column = chunk.columns[static_cast<std::size_t>(position_)];
  SLUICE_DCHECK(column.type() == physical_type(), "column {} has another physical type", display_name_);
  return column;
}

bool ColumnRef::equals_node(const Expression& other) const {
  return column_id_ == static_cast<const ColumnRef&>(other).column_id_;
}

std::uint64_t ColumnRef::hash_node() const { return static_cast<std::uint64_t>(column_id_); }

// Correlated

Correlated::Correlated(std::int64_t column_id, FieldType type, std::string display_name, std::shared_ptr<Value> slot)
    : Expression(ExpressionKind::kCorrelated, std::move(type), {}, kHasCorrelated),
      column_id_(column_id),
      display_name_(std::move(display_name)),
      slot_(std::move(slot)) {
  coercibility_ = column_coercibility(this->type());
  if (this->type().collation == nullptr) repertoire_ = types::Repertoire::kAscii;
}

const ColumnVector& Correlated::evaluate_rows(EvalContext&, const Chunk& chunk, ActiveRows,
                                              ColumnVector& scratch) const {
  scratch.reset(physical_type());
  scratch.append_value(*slot_);
  scratch.make_constant(chunk.row_count);
  return scratch;
}

bool Correlated::equals_node(const Expression& other) const {
  return column_id_ == static_cast<const Correlated&>(other).column_id_;
}

std::uint64_t Correlated::hash_node() const { return static_cast<std::uint64_t>(column_id_); }

// Constant

Constant::Constant(Value value, FieldType type)
    : Constant(std::move(value), type,
               type.code == types::TypeCode::kNull ? types::Coercibility::kIgnorable
               : type.collation != nullptr         ? types::Coercibility::kCoercible
                                                   : types::Coercibility::kNumeric) {}

Constant::Constant(Value value, FieldType type, types::Coercibility coercibility)
    : Expression(ExpressionKind::kConstant, std::move(type), {}, 0), value_(std::move(value)) {
  SLUICE_DCHECK(value_.is_null() || kind_fits(value_.kind(), physical_type()),
                "a constant of another kind than its type");
  coercibility_ = value_.is_null() ? types::Coercibility::kIgnorable : coercibility;
  repertoire_ = is_ascii_value(value_) ? types::Repertoire::kAscii : types::Repertoire::kUnicode;
}

Constant::~Constant() { const std::unique_ptr<const ColumnVector> owned(vector_.load(std::memory_order_acquire)); }

const ColumnVector& Constant::evaluate_rows(EvalContext&, const Chunk&, ActiveRows, ColumnVector&) const {
  if (const ColumnVector* made = vector_.load(std::memory_order_acquire)) return *made;
  auto fresh = std::make_unique<ColumnVector>(physical_type());
  fresh->append_value(value_);
  fresh->make_constant(1);
  const ColumnVector* first = nullptr;
  // Of threads that evaluate it for the first time together, one publishes its vector for all.
  if (vector_.compare_exchange_strong(first, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
  return *first;
}

void Constant::append_to(std::string& text) const {
  if (value_.is_null()) {
    text += "NULL";
  } else if (value_.kind() == Value::Kind::kString) {
    text += '"';
    text += value_.as_string();
    text += '"';
  } else {
    text += types::format_value(value_, type());
  }
}

bool Constant::equals_node(const Expression& other) const {
  const auto& constant = static_cast<const Constant&>(other);
  return value_ == constant.value_ && type().code == constant.type().code &&
         type().collation == constant.type().collation;
}

std::uint64_t Constant::hash_node() const { return types::hash(value_, nullptr, 0); }

// Parameter

Parameter::Parameter(std::size_t index, FieldType type)
    : Expression(ExpressionKind::kParameter, std::move(type), {}, kHasParameters), index_(index) {
  coercibility_ = this->type().collation != nullptr ? types::Coercibility::kCoercible : types::Coercibility::kNumeric;
}

const ColumnVector& Parameter::evaluate_rows(EvalContext& context, const Chunk& chunk, ActiveRows,
                                             ColumnVector& scratch) const {
  SLUICE_CHECK(index_ < context.parameters.size(), "parameter {} of {}", index_, context.parameters.size());
  const Value& value = context.parameters[index_];
  scratch.reset(physical_type());
  if (value.is_null() || kind_fits(value.kind(), physical_type())) {
    scratch.append_value(value);
  } else {
    types::ConversionContext conversion = make_conversion_context(context);
    scratch.append_value(types::convert(value, natural_type(value), type(), conversion));
  }
  scratch.make_constant(chunk.row_count);
  return scratch;
}

bool Parameter::equals_node(const Expression& other) const {
  return index_ == static_cast<const Parameter&>(other).index_;
}

std::uint64_t Parameter::hash_node() const { return index_; }

// FunctionCall

FunctionCall::FunctionCall(const FunctionDefinition& definition, std::vector<ExpressionPtr> children, FieldType type,
                           types::CollationClaim claim, Kernel kernel, std::shared_ptr<const void> state)
    : Expression(ExpressionKind::kFunction, std::move(type), std::move(children),
                 static_cast<std::uint8_t>(((definition.flags & kNonDeterministic) != 0 ? kNotDeterministic : 0) |
                                           ((definition.flags & kUsesSession) != 0 ? kNeedsSession : 0))),
      definition_(definition),
      kernel_(kernel),
      collation_(claim.collation),
      state_(std::move(state)) {
  coercibility_ = claim.coercibility;
  repertoire_ = claim.repertoire;
}

std::string_view FunctionCall::name() const noexcept { return definition_.name; }

ExpressionPtr FunctionCall::with_children(std::vector<ExpressionPtr> children) const {
  SLUICE_CHECK(children.size() == this->children().size(), "{} children for {}", children.size(), name());
  for (std::size_t index = 0; index < children.size(); ++index) {
    SLUICE_CHECK(children[index]->physical_type() == this->children()[index]->physical_type(),
                 "argument {} of {} changes its physical type", index, name());
  }
  return std::make_shared<FunctionCall>(definition_, std::move(children), type(),
                                        types::CollationClaim{collation_, coercibility_, repertoire_}, kernel_, state_);
}

namespace {

// The evaluated arguments of one call: scratch vectors from the pool, given back at the end.
class Arguments {
 public:
  Arguments(EvalContext& context, std::size_t count) : context_(context), count_(count) {
    if (count > kFewArguments) {
      many_scratch_.resize(count);
      many_.resize(count);
    }
  }
  Arguments(const Arguments&) = delete;
  ~Arguments() {
    for (std::size_t index = 0; index < count_; ++index) context_.give_scratch(std::move(scratch(index)));
  }

  void evaluate(const Expression& child, std::size_t index, const Chunk& chunk, ActiveRows rows) {
    std::unique_ptr<ColumnVector>& owned = scratch(index);
    owned = context_.take_scratch(child.physical_type());
    const ColumnVector& result = child.evaluate_rows(context_, chunk, rows, *owned);
    pointers()[index] = &result;
    all_constant_ &= result.is_constant();
  }

  bool all_constant() const { return all_constant_; }
  std::span<const ColumnVector* const> span() { return {pointers(), count_}; }

 private:
  static constexpr std::size_t kFewArguments = 4;

  std::unique_ptr<ColumnVector>& scratch(std::size_t index) {
    return count_ > kFewArguments ? many_scratch_[index] : few_scratch_[index];
  }
  const ColumnVector** pointers() { return count_ > kFewArguments ? many_.data() : few_.data(); }

  EvalContext& context_;
  std::size_t count_;
  bool all_constant_ = true;
  std::array<std::unique_ptr<ColumnVector>, kFewArguments> few_scratch_;
  std::array<const ColumnVector*, kFewArguments> few_{};
  std::vector<std::unique_ptr<ColumnVector>> many_scratch_;
  std::vector<const ColumnVector*> many_;
};

}  // namespace

const ColumnVector& FunctionCall::evaluate_rows(EvalContext& context, const Chunk& chunk, ActiveRows rows,
                                                ColumnVector& scratch) const {
  scratch.reset(physical_type());
  const std::size_t row_count = chunk.row_count;
  if (rows.count == 0) {
    scratch.resize(row_count);
    return scratch;
  }
  context.stop.poll();  // a tree may have a hundred thousand nodes
  if ((definition_.flags & kLazyArguments) != 0) {
    scratch.resize(row_count);
    kernel_(KernelCall{*this, context, chunk, rows, row_count, {}, scratch});
    return scratch;
  }
  Arguments arguments(context, children().size());
  for (std::size_t index = 0; index < children().size(); ++index) {
    arguments.evaluate(*children()[index], index, chunk, rows);
  }
  if (arguments.all_constant() && (definition_.flags & kNonDeterministic) == 0) {
    scratch.resize(1);
    kernel_(KernelCall{*this, context, chunk, ActiveRows::all(1), 1, arguments.span(), scratch});
    scratch.make_constant(row_count);
    return scratch;
  }
  scratch.resize(row_count);
  kernel_(KernelCall{*this, context, chunk, rows, row_count, arguments.span(), scratch});
  return scratch;
}

void FunctionCall::append_to(std::string& text) const {
  text += definition_.display_name.empty() ? definition_.name : definition_.display_name;
  text += '(';
  bool first = true;
  for (const ExpressionPtr& child : children()) {
    if (!first) text += ", ";
    first = false;
    child->append_to(text);
  }
  if (definition_.name == "cast") text += ", " + cast_type_text(type());
  text += ')';
}

bool FunctionCall::equals_node(const Expression& other) const {
  const auto& call = static_cast<const FunctionCall&>(other);
  return &definition_ == &call.definition_ && kernel_ == call.kernel_ && collation_ == call.collation_ &&
         type() == call.type();
}

std::uint64_t FunctionCall::hash_node() const {
  std::uint64_t result = 0;
  for (char character : definition_.name) result = result * 131 + static_cast<unsigned char>(character);
  return result;
}

// transform

ExpressionPtr transform(const ExpressionPtr& root, const std::function<ExpressionPtr(const ExpressionPtr&)>& replace) {
  ExpressionPtr current = root;
  if (root->kind() == ExpressionKind::kFunction) {
    std::vector<ExpressionPtr> children;
    bool changed = false;
    for (const ExpressionPtr& child : root->children()) {
      children.push_back(transform(child, replace));
      changed |= children.back() != child;
    }
    if (changed) current = static_cast<const FunctionCall&>(*root).with_children(std::move(children));
  }
  ExpressionPtr replacement = replace(current);
  return replacement != nullptr ? replacement : current;
}

}  // namespace sluice::expression
