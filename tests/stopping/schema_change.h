#pragma once

#include <filesystem>
#include <string>

#include "codec/bytes.h"
#include "codec/table_key.h"
#include "ddl/environment.h"
#include "kv/store.h"
#include "scenario.h"

namespace sluice::stopping {

/// Of memory for the sort of an index build: so little that the scenarios' tables need files.
inline constexpr std::int64_t kLittleSortMemory = std::int64_t{256} << 10;

inline constexpr char kAddIndex[] = "ALTER TABLE big ADD INDEX added (c)";

/// Jobs on the scenarios' tables, seen through ADMIN SHOW DDL JOBS.
class SchemaChange : public Scenario {
 protected:
  static std::string newest_job(Client& client) { return must(client, "ADMIN SHOW DDL JOBS 1").rows.at(0).at(0); }

  // Columns of ADMIN SHOW DDL JOBS.
  static constexpr std::size_t kSchemaState = 4;
  static constexpr std::size_t kState = 11;
  static constexpr std::size_t kComments = 12;
  static std::string job_column(Client& client, std::size_t column) {
    return must(client, "ADMIN SHOW DDL JOBS 1").rows.at(0).at(column);
  }

  /// The state of a job that need not be the newest.
  static std::string state_of(Client& client, const std::string& job) {
    for (const std::vector<std::string>& row : must(client, "ADMIN SHOW DDL JOBS 10").rows) {
      if (row.at(0) == job) return row.at(kState);
    }
    return "";
  }

  static std::string definition(Client& client) { return must(client, "SHOW CREATE TABLE big").rows.at(0).at(1); }
  static bool has_index(Client& client) { return definition(client).find("`added`") != std::string::npos; }

  /// Index builds sort in files for as long as it lives.
  class BuildsWithFiles {
   public:
    BuildsWithFiles() : usual_(server().ddl_limits().sort_memory_bytes.exchange(kLittleSortMemory)) {}
    ~BuildsWithFiles() { server().ddl_limits().sort_memory_bytes = usual_; }
    BuildsWithFiles(const BuildsWithFiles&) = delete;
    BuildsWithFiles& operator=(const BuildsWithFiles&) = delete;

   private:
    const std::int64_t usual_;
  };

  /// Keys in all indexes of `big`, those of indexes that are in no schema included.
  static std::size_t index_keys(Client& client) {
    const std::int64_t table_id =
        std::stoll(scalar(client, "SELECT TIDB_TABLE_ID FROM information_schema.TABLES WHERE TABLE_NAME = 'big'"));
    const std::string prefix = codec::all_indexes_prefix(table_id);
    kv::Store& store = server().store();
    const std::unique_ptr<kv::Snapshot> snapshot = store.snapshot(store.current_timestamp());
    const std::unique_ptr<kv::Cursor> cursor = snapshot->cursor({prefix, codec::next_after_prefix(prefix)}, {});
    std::size_t count = 0;
    for (auto batch = cursor->next_batch({}); !batch.empty(); batch = cursor->next_batch({})) count += batch.size();
    return count;
  }

  static bool is_over(const std::string& state) {
    return state == "synced" || state == "cancelled" || state == "rollback done";
  }
  /// Waits until jobs have left nothing to remove: no data range, no temporary file.
  static void expect_reclaimed(Client& client) {
    eventually([&] { return scalar(client, "SELECT COUNT(*) FROM mysql.gc_delete_range") == "0"; },
               "data of a dropped index is left");
    eventually([] { return std::filesystem::is_empty(data_path() + "/temp"); }, "files of a job are left");
  }

  /// After a stopped job nothing of it is left, and the same job succeeds.
  static void expect_rolled_back(Client& client) {
    EXPECT_FALSE(has_index(client));
    must(client, "ADMIN CHECK TABLE big");
    must(client, kAddIndex);
    EXPECT_TRUE(has_index(client));
    must(client, "ADMIN CHECK TABLE big");
    must(client, "ALTER TABLE big DROP INDEX added");
  }
};

}  // namespace sluice::stopping
