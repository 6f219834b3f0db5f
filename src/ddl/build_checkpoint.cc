#include "ddl/build_checkpoint.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/json_mapping.h"

namespace sluice::ddl {

using catalog::from_base64;
using catalog::JsonValue;
using catalog::to_base64;

std::string BuildCheckpoint::to_stored() const {
  JsonValue ranges = JsonValue::array();
  for (const kv::KeyRange& range : scanned) ranges.push_back({to_base64(range.begin), to_base64(range.end)});
  JsonValue stored_parts = JsonValue::array();
  for (const Part& part : parts) {
    stored_parts.push_back({{"begin", to_base64(part.begin)},
                            {"end", to_base64(part.end)},
                            {"until", to_base64(part.until)},
                            {"done", part.is_done}});
  }
  const JsonValue json = {{"reorg_checkpoint",
                           {{"version", 1},
                            {"ts", version},
                            {"run_files", run_files},
                            {"scanned", std::move(ranges)},
                            {"rows", rows_scanned},
                            {"parts", std::move(stored_parts)}}}};
  return json.dump();
}

BuildCheckpoint BuildCheckpoint::parse(std::string_view document) {
  BuildCheckpoint checkpoint;
  try {
    const JsonValue json = catalog::parse_document(document, "checkpoint").at("reorg_checkpoint");
    checkpoint.version = json.at("ts").get<std::uint64_t>();
    checkpoint.run_files = json.at("run_files").get<std::vector<std::string>>();
    checkpoint.rows_scanned = json.at("rows").get<std::int64_t>();
    for (const JsonValue& range : json.at("scanned")) {
      checkpoint.scanned.push_back(
          {from_base64(range.at(0).get<std::string>()), from_base64(range.at(1).get<std::string>())});
    }
    for (const JsonValue& part : json.at("parts")) {
      checkpoint.parts.push_back({from_base64(part.at("begin").get<std::string>()),
                                  from_base64(part.at("end").get<std::string>()),
                                  from_base64(part.at("until").get<std::string>()), part.at("done").get<bool>()});
    }
  } catch (const nlohmann::json::exception& failure) {
    SLUICE_CHECK(false, "stored checkpoint has an unexpected form: {}", failure.what());
  }
  return checkpoint;
}

std::vector<kv::KeyRange> subtract(const kv::KeyRange& whole, std::vector<kv::KeyRange> covered) {
  std::sort(covered.begin(), covered.end(),
            [](const kv::KeyRange& a, const kv::KeyRange& b) { return a.begin < b.begin; });
  std::vector<kv::KeyRange> rest;
  std::string at = whole.begin;
  for (const kv::KeyRange& range : covered) {
    if (range.begin > at) rest.push_back({at, std::min(range.begin, whole.end)});
    at = std::max(at, range.end);
    if (at >= whole.end) return rest;
  }
  if (at < whole.end) rest.push_back({at, whole.end});
  return rest;
}

}  // namespace sluice::ddl
