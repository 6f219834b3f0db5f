#include "ddl/job.h"

#include <algorithm>

#include "base/check.h"

namespace sluice::ddl {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

JobType type_of(const Clause& clause) noexcept {
  return std::visit(
      Overloaded{
          [](const AddColumnClause&) { return JobType::kAddColumn; },
          [](const DropColumnClause&) { return JobType::kDropColumn; },
          [](const ModifyColumnClause&) { return JobType::kModifyColumn; },
          [](const SetDefaultClause&) { return JobType::kSetDefault; },
          [](const AddIndexClause& add) { return add.index.primary ? JobType::kAddPrimaryKey : JobType::kAddIndex; },
          [](const DropIndexClause& drop) {
            return drop.name.lower == "primary" ? JobType::kDropPrimaryKey : JobType::kDropIndex;
          },
          [](const RenameIndexClause&) { return JobType::kRenameIndex; },
          [](const IndexVisibilityClause&) { return JobType::kAlterIndexVisibility; },
          [](const RebaseAutoIdClause&) { return JobType::kRebaseAutoId; },
          [](const TableCommentClause&) { return JobType::kModifyTableComment; },
          [](const TableCharsetClause&) { return JobType::kModifyTableCharset; },
          [](const AddForeignKeyClause&) { return JobType::kAddForeignKey; },
          [](const DropForeignKeyClause&) { return JobType::kDropForeignKey; },
          [](const AddCheckClause&) { return JobType::kAddCheck; },
          [](const DropCheckClause&) { return JobType::kDropCheck; },
          [](const AlterCheckClause&) { return JobType::kAlterCheck; },
      },
      clause);
}

bool begins_to_enforce(const Clause& clause) noexcept {
  const auto* add = std::get_if<AddCheckClause>(&clause);
  const auto* alter = std::get_if<AlterCheckClause>(&clause);
  return (add != nullptr && add->check.enforced) || (alter != nullptr && alter->enforced);
}

ChangeShape Job::shape() const {
  ChangeShape shape;
  for (const Clause& clause : clauses) {
    if (std::holds_alternative<AddColumnClause>(clause) || std::holds_alternative<AddForeignKeyClause>(clause))
      shape.adds = true;
    if (const auto* add = std::get_if<AddIndexClause>(&clause)) {
      shape.adds = true;
      shape.verifies = shape.verifies || add->index.unique;
    }
    if (begins_to_enforce(clause)) shape.adds = true;
    if (const auto* modify = std::get_if<ModifyColumnClause>(&clause)) shape.adds = shape.adds || modify->forbids_null;
    if (std::holds_alternative<DropColumnClause>(clause) || std::holds_alternative<DropIndexClause>(clause)) {
      shape.drops = true;
    }
  }
  return shape;
}

bool Job::reads_rows() const {
  return std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) {
    const auto* modify = std::get_if<ModifyColumnClause>(&clause);
    return std::holds_alternative<AddIndexClause>(clause) || std::holds_alternative<AddForeignKeyClause>(clause) ||
           begins_to_enforce(clause) || (modify != nullptr && modify->forbids_null);
  });
}

JobState successor(const Job& job, JobEvent event) {
  std::optional<JobState> next = next_state(job.state, event);
  SLUICE_CHECK(next.has_value(), "job {} in state {} has no successor on event {}", job.id, job_state_name(job.state),
               static_cast<int>(event));
  return *next;
}

}  // namespace sluice::ddl
