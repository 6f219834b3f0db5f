#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::ddl {

/// What a schema change does. The numbers are stored and are TiDB's (TIDB-FACTS section 3.3).
enum class JobType : std::uint8_t {
  kNone = 0,
  kCreateSchema = 1,
  kDropSchema = 2,
  kCreateTable = 3,
  kDropTable = 4,
  kAddColumn = 5,
  kDropColumn = 6,
  kAddIndex = 7,
  kDropIndex = 8,
  kAddForeignKey = 9,
  kDropForeignKey = 10,
  kTruncateTable = 11,
  kModifyColumn = 12,
  kRebaseAutoId = 13,
  kRenameTable = 14,
  kSetDefault = 15,
  kModifyTableComment = 17,
  kRenameIndex = 18,
  kCreateView = 21,
  kModifyTableCharset = 22,
  kDropView = 24,
  kModifySchemaCharset = 26,
  kAddPrimaryKey = 32,
  kDropPrimaryKey = 33,
  kAlterIndexVisibility = 41,
  kAddCheck = 43,
  kDropCheck = 44,
  kAlterCheck = 45,
  kRenameTables = 47,
  kMultiSchemaChange = 61,
};

/// The text of JOB_TYPE in ADMIN SHOW DDL JOBS.
constexpr std::string_view job_type_name(JobType type) noexcept {
  switch (type) {
    case JobType::kNone:
      return "none";
    case JobType::kCreateSchema:
      return "create schema";
    case JobType::kDropSchema:
      return "drop schema";
    case JobType::kCreateTable:
      return "create table";
    case JobType::kDropTable:
      return "drop table";
    case JobType::kAddColumn:
      return "add column";
    case JobType::kDropColumn:
      return "drop column";
    case JobType::kAddIndex:
      return "add index";
    case JobType::kDropIndex:
      return "drop index";
    case JobType::kAddForeignKey:
      return "add foreign key";
    case JobType::kDropForeignKey:
      return "drop foreign key";
    case JobType::kTruncateTable:
      return "truncate table";
    case JobType::kModifyColumn:
      return "modify column";
    case JobType::kRebaseAutoId:
      return "rebase auto_increment ID";
    case JobType::kRenameTable:
      return "rename table";
    case JobType::kSetDefault:
      return "set default value";
    case JobType::kModifyTableComment:
      return "modify table comment";
    case JobType::kRenameIndex:
      return "rename index";
    case JobType::kCreateView:
      return "create view";
    case JobType::kModifyTableCharset:
      return "modify table charset and collate";
    case JobType::kDropView:
      return "drop view";
    case JobType::kModifySchemaCharset:
      return "modify schema charset and collate";
    case JobType::kAddPrimaryKey:
      return "add primary key";
    case JobType::kDropPrimaryKey:
      return "drop primary key";
    case JobType::kAlterIndexVisibility:
      return "alter index visibility";
    case JobType::kAddCheck:
      return "add check constraint";
    case JobType::kDropCheck:
      return "drop check constraint";
    case JobType::kAlterCheck:
      return "alter check constraint";
    case JobType::kRenameTables:
      return "rename tables";
    case JobType::kMultiSchemaChange:
      return "alter table multi-schema change";
  }
  return "unknown";
}

}  // namespace sluice::ddl
