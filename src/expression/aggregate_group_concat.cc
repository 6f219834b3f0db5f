// GROUP_CONCAT, with ORDER BY, SEPARATOR and the limit of group_concat_max_len.
#include <algorithm>
#include <vector>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "expression/aggregate_typed.h"
#include "types/utf8.h"
#include "vector/loser_tree.h"
#include "vector/sort_key.h"

namespace sluice::expression {

using vector::ColumnVector;

namespace {

struct Piece {
  std::string key;  // normalised sort key; empty without ORDER BY
  std::string text;
};

struct ConcatState {
  std::vector<Piece> pieces;  // with ORDER BY
  std::string text;           // without
  bool any = false;
  bool cut = false;  // something was lost to the limit
};

class GroupConcat final : public TypedAggregate<GroupConcat, ConcatState> {
 public:
  // Arguments are strings; the values of ORDER BY follow them.
  struct Reader {
    AggregateArguments args;
    explicit Reader(AggregateArguments arguments) : args(arguments) {}
  };

  explicit GroupConcat(const AggregateDescriptor& descriptor)
      : argument_count_(descriptor.args.size()), separator_(descriptor.separator) {
    for (const AggregateOrder& order : descriptor.order_by) {
      order_.push_back({order.expression->physical_type(), order.expression->type().collation, order.descending});
    }
    for (const ExpressionPtr& argument : descriptor.args) {
      if (!label_.empty()) label_ += ", ";
      label_ += argument->to_string();
    }
  }

  void add(EvalContext& context, ConcatState& state, const Reader& reader, std::size_t row) const {
    for (std::size_t index = 0; index < argument_count_; ++index) {
      if (reader.args[index]->is_null(row)) return;
    }
    if (!order_.empty()) {
      Piece piece;
      vector::append_sort_key(order_, reader.args.subspan(argument_count_), row, piece.key);
      for (std::size_t index = 0; index < argument_count_; ++index) piece.text += reader.args[index]->string_at(row);
      state.any = true;
      state.pieces.push_back(std::move(piece));
      return;
    }
    if (state.any && state.text.size() > context.group_concat_max_len) {
      state.cut = true;
      return;
    }
    if (state.any) state.text += separator_;
    state.any = true;
    for (std::size_t index = 0; index < argument_count_; ++index) state.text += reader.args[index]->string_at(row);
  }

  void merge_states(EvalContext& context, ConcatState& into, const ConcatState& from) const {
    if (!from.any) return;
    into.cut |= from.cut;
    if (!order_.empty()) {
      into.pieces.insert(into.pieces.end(), from.pieces.begin(), from.pieces.end());
    } else {
      if (into.any) into.text += separator_;
      into.text += from.text;
      into.cut |= into.text.size() > context.group_concat_max_len;
    }
    into.any = true;
  }

  void append_result(EvalContext& context, const ConcatState& state, ColumnVector& out) const {
    if (!state.any) {
      out.append_null();
      return;
    }
    if (order_.empty()) {
      append_cut(context, state.text, state.cut, out);
      return;
    }
    append_cut(context, join_in_order(context, state.pieces), state.cut, out);
  }

  void save(const ConcatState& state, std::string& out) const {
    append_plain(static_cast<std::uint8_t>((state.any ? 1 : 0) | (state.cut ? 2 : 0)), out);
    append_text(state.text, out);
    append_plain(static_cast<std::uint64_t>(state.pieces.size()), out);
    for (const Piece& piece : state.pieces) {
      append_text(piece.key, out);
      append_text(piece.text, out);
    }
  }

  ConcatState load(std::string_view& bytes) const {
    ConcatState state;
    const auto flags = take_plain<std::uint8_t>(bytes);
    state.any = (flags & 1) != 0;
    state.cut = (flags & 2) != 0;
    state.text = take_text(bytes);
    state.pieces.resize(static_cast<std::size_t>(take_plain<std::uint64_t>(bytes)));
    for (Piece& piece : state.pieces) {
      piece.key = take_text(bytes);
      piece.text = take_text(bytes);
    }
    return state;
  }

  std::int64_t bytes_of(const ConcatState& state) const {
    std::size_t bytes = state.text.capacity() + state.pieces.capacity() * sizeof(Piece);
    for (const Piece& piece : state.pieces) bytes += piece.key.capacity() + piece.text.capacity();
    return static_cast<std::int64_t>(bytes);
  }

 private:
  // Sorts in slices, each a few milliseconds, and merges them until the limit is reached.
  std::string join_in_order(EvalContext& context, const std::vector<Piece>& pieces) const {
    constexpr std::size_t kPiecesPerSlice = 4096;
    struct Slice {
      std::size_t position;
      std::size_t end;
    };
    std::vector<const Piece*> order;
    order.reserve(pieces.size());
    for (const Piece& piece : pieces) order.push_back(&piece);
    const auto before = [](const Piece* left, const Piece* right) { return left->key < right->key; };
    std::vector<Slice> slices;
    for (std::size_t begin = 0; begin < order.size(); begin += kPiecesPerSlice) {
      context.stop.poll();
      slices.push_back({begin, std::min(begin + kPiecesPerSlice, order.size())});
      std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
                       order.begin() + static_cast<std::ptrdiff_t>(slices.back().end), before);
    }
    const auto less = [&](std::size_t left, std::size_t right) {
      const bool left_done = slices[left].position == slices[left].end;
      const bool right_done = slices[right].position == slices[right].end;
      if (left_done || right_done) return left_done == right_done ? left < right : right_done;
      const int result = order[slices[left].position]->key.compare(order[slices[right].position]->key);
      return result != 0 ? result < 0 : left < right;
    };
    vector::LoserTree tree(slices.size(), less);
    std::string text;
    for (std::size_t count = 0; count < order.size(); ++count) {
      if (count % kPiecesPerSlice == 0) context.stop.poll();
      Slice& slice = slices[tree.winner()];
      if (count != 0) text += separator_;
      text += order[slice.position++]->text;
      if (text.size() > context.group_concat_max_len) break;
      tree.replay();
    }
    return text;
  }

  // Cuts at the limit, on a character's border, and warns.
  void append_cut(EvalContext& context, std::string_view text, bool cut, ColumnVector& out) const {
    const auto limit = static_cast<std::size_t>(context.group_concat_max_len);
    if (text.size() > limit) {
      text = text.substr(0, limit);
      text = text.substr(0, types::valid_utf8_prefix(text));
      cut = true;
    }
    if (cut && context.warnings != nullptr) {
      context.warnings->append(SqlError(ErrorCode::kCutValueGroupConcat, label_));
    }
    out.append_string(text);
  }

  std::size_t argument_count_;
  std::string separator_;
  std::string label_;
  std::vector<vector::SortColumn> order_;
};

}  // namespace

AggregatePtr make_group_concat(const AggregateDescriptor& descriptor) {
  return std::make_unique<GroupConcat>(descriptor);
}

}  // namespace sluice::expression
