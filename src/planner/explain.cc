#include "planner/explain.h"

#include <cstdio>
#include <map>

#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/table_info.h"
#include "planner/explain_info.h"
#include "planner/physical_plan.h"

namespace sluice::planner {

namespace {

struct Line {
  const PhysicalPlan* node;
  std::string id;
};

std::string two_decimals(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

/// A node's children in the order of printing, with their labels.
std::vector<std::pair<const PhysicalPlan*, std::string_view>> printed_children(const PhysicalPlan& node) {
  std::vector<std::pair<const PhysicalPlan*, std::string_view>> children;
  const auto add = [&](std::size_t index, std::string_view label) {
    children.emplace_back(node.children[index].get(), label);
  };
  int build = -1;
  switch (node.kind) {
    case PlanKind::kIndexLookUp:
      build = 0;
      break;
    case PlanKind::kHashJoin:
      build = static_cast<const HashJoinPlan&>(node).build_child;
      break;
    case PlanKind::kMergeJoin:
      build = static_cast<const JoinPlan&>(node).type == JoinType::kRightOuter ? 0 : 1;
      break;
    case PlanKind::kIndexJoin:
      build = 1 - static_cast<const IndexJoinPlan&>(node).inner_child;
      break;
    case PlanKind::kApply:
      build = 0;
      break;
    default:
      break;
  }
  if (build < 0) {
    for (std::size_t i = 0; i < node.children.size(); ++i) add(i, "");
    return children;
  }
  add(static_cast<std::size_t>(build), "(Build)");
  add(static_cast<std::size_t>(1 - build), "(Probe)");
  return children;
}

class Printer {
 public:
  explicit Printer(ExplainFormat format) : format_(format) {}

  /// `indent`: what continues the lines of the ancestors; `is_root`: no branch before the name.
  void print(const PhysicalPlan& node, const std::string& indent, bool is_last, bool is_root, std::string_view label) {
    std::string id = indent;
    if (!is_root) id += is_last ? "└─" : "├─";
    id += operator_name(node);
    if (format_ != ExplainFormat::kBrief) id += "_" + std::to_string(node.id);
    id += label;
    lines.push_back({&node, std::move(id)});
    if (node.kind == PlanKind::kCteScan) {
      const auto& definition = static_cast<const CteScanPlan&>(node).definition;
      ctes[definition->id] = definition.get();
    }
    const auto children = printed_children(node);
    const std::string below = is_root ? indent : indent + (is_last ? "  " : "│ ");
    for (std::size_t i = 0; i < children.size(); ++i) {
      print(*children[i].first, below, i + 1 == children.size(), false, children[i].second);
    }
  }

  std::vector<Line> lines;
  std::map<int, const CteDefinition*> ctes;

 private:
  ExplainFormat format_;
};

}  // namespace

ExplainFormat explain_format(std::string_view name) {
  const std::string lower = catalog::to_lower(name);
  if (lower.empty() || lower == "row" || lower == "traditional" || lower == "plan_cache") return ExplainFormat::kRow;
  if (lower == "brief") return ExplainFormat::kBrief;
  if (lower == "verbose") return ExplainFormat::kVerbose;
  if (lower == "dot") return ExplainFormat::kDot;
  throw SqlError(ErrorCode::kUnknownExplainFormat, name);
}

std::vector<std::string> explain_columns(ExplainFormat format, bool analyzed) {
  if (format == ExplainFormat::kDot) return {"dot contents"};
  std::vector<std::string> columns = {"id", "estRows"};
  if (format == ExplainFormat::kVerbose) columns.push_back("estCost");
  if (analyzed) columns.push_back("actRows");
  columns.push_back("task");
  columns.push_back("access object");
  if (analyzed) columns.push_back("execution info");
  columns.push_back("operator info");
  if (analyzed) {
    columns.push_back("memory");
    columns.push_back("disk");
  }
  return columns;
}

namespace {

void dot_edges(const PhysicalPlan& node, std::string& out) {
  const std::string name = std::string(operator_name(node)) + "_" + std::to_string(node.id);
  for (const auto& [child, label] : printed_children(node)) {
    out += "\"" + name + "\" -> \"" + std::string(operator_name(*child)) + "_" + std::to_string(child->id) + "\"\n";
    dot_edges(*child, out);
  }
}

}  // namespace

std::vector<std::vector<std::string>> explain_rows(const PhysicalPlan& plan, ExplainFormat format,
                                                   const RuntimeStats* runtime) {
  if (format == ExplainFormat::kDot) {
    std::string text = "\ndigraph " + std::string(operator_name(plan)) + "_" + std::to_string(plan.id) + " {\n";
    dot_edges(plan, text);
    return {{text + "}\n"}};
  }
  Printer printer(format);
  printer.print(plan, "", true, true, "");
  // Common table expressions follow, each as a tree of its own; they may bring further ones.
  std::map<int, bool> printed;
  std::vector<std::vector<std::string>> cte_heads;
  const auto row_of = [&](const Line& line) {
    const PhysicalPlan& node = *line.node;
    const bool is_write = node.kind >= PlanKind::kInsert;
    std::vector<std::string> row = {line.id, is_write ? "N/A" : two_decimals(node.estimated_rows)};
    if (format == ExplainFormat::kVerbose) row.push_back(is_write ? "N/A" : two_decimals(node.cost));
    OperatorRuntime measured;
    if (runtime != nullptr) {
      measured = runtime->operator_runtime(node.id);
      row.push_back(std::to_string(measured.actual_rows));
    }
    row.push_back(node.task == TaskKind::kCop ? "cop[tikv]" : "root");
    row.push_back(access_object(node));
    if (runtime != nullptr) row.push_back(measured.execution_info);
    row.push_back(operator_info(node, format == ExplainFormat::kBrief ? NameStyle::kBrief : NameStyle::kNumbered));
    if (runtime != nullptr) {
      row.push_back(measured.memory);
      row.push_back(measured.disk);
    }
    return row;
  };
  std::vector<std::vector<std::string>> rows;
  for (const Line& line : printer.lines) rows.push_back(row_of(line));
  bool more = true;
  while (more) {
    more = false;
    const auto known = printer.ctes;
    for (const auto& [id, definition] : known) {
      if (printed[id]) continue;
      printed[id] = true;
      more = true;
      const std::size_t columns = rows[0].size();
      std::vector<std::string> head(columns);
      head[0] = "CTE_" + std::to_string(id);
      head[1] = two_decimals(definition->seed->estimated_rows +
                             (definition->recursive ? definition->recursive->estimated_rows : 0));
      const std::size_t task = format == ExplainFormat::kVerbose ? 3 : 2;
      head[runtime == nullptr ? task : task + 1] = "root";
      head[runtime == nullptr ? columns - 1 : columns - 3] =
          definition->recursive != nullptr ? "Recursive CTE" : "Non-Recursive CTE";
      rows.push_back(std::move(head));
      Printer part(format);
      part.print(*definition->seed, "", definition->recursive == nullptr, false, "(Seed Part)");
      if (definition->recursive != nullptr) part.print(*definition->recursive, "", true, false, "(Recursive Part)");
      for (const Line& line : part.lines) rows.push_back(row_of(line));
      for (const auto& [inner, inner_definition] : part.ctes) printer.ctes[inner] = inner_definition;
    }
  }
  return rows;
}

}  // namespace sluice::planner
