#include "sql/query_tables.h"

#include "sql/ast_visitor.h"

namespace sluice::sql {
namespace {

class TableNames {
 public:
  explicit TableNames(const std::function<void(const ObjectName&)>& visit) : visit_(visit) {}

  void query(const Query* query) const {
    if (query == nullptr) return;
    if (query->with != nullptr) {
      for (const CommonTableExpression& expression : query->with->expressions) this->query(expression.query);
    }
    if (const auto* select = query->try_as<SelectQuery>()) {
      of_select(*select);
    } else if (const auto* operation = query->try_as<SetOperationQuery>()) {
      for (const SetOperand& operand : operation->operands) this->query(operand.query);
    } else if (const auto* table = query->try_as<TableQuery>()) {
      visit_(table->table->name);
    } else if (const auto* values = query->try_as<ValuesQuery>()) {
      for (const ExpressionList row : values->rows) {
        for (const Expression* value : row) expression(value);
      }
    }
    order(query->order_by);
  }

 private:
  void of_select(const SelectQuery& select) const {
    for (const SelectItem& item : select.items) expression(item.expression);
    reference(select.from);
    expression(select.where);
    order(select.group_by);
    expression(select.having);
  }

  void order(List<OrderItem> items) const {
    for (const OrderItem& item : items) expression(item.expression);
  }

  void reference(const TableReference* reference) const {
    if (reference == nullptr) return;
    if (const auto* named = reference->try_as<NamedTable>()) {
      visit_(named->name);
    } else if (const auto* derived = reference->try_as<DerivedTable>()) {
      query(derived->query);
    } else if (const auto* join = reference->try_as<Join>()) {
      this->reference(join->left);
      this->reference(join->right);
      expression(join->on);
    }
  }

  void expression(const Expression* expression) const {
    if (expression == nullptr) return;
    walk_expression(*expression, [this](const Expression& part) {
      if (const auto* subquery = part.try_as<Subquery>()) query(subquery->query);
      if (const auto* exists = part.try_as<Exists>()) query(exists->query);
      if (const auto* in = part.try_as<InSubquery>()) query(in->query);
      if (const auto* quantified = part.try_as<QuantifiedComparison>()) query(quantified->query);
      return true;
    });
  }

  const std::function<void(const ObjectName&)>& visit_;
};

}  // namespace

void for_each_table_name(const Query& query, const std::function<void(const ObjectName&)>& visit) {
  TableNames(visit).query(&query);
}

}  // namespace sluice::sql
