#include "kv/embedded/commit_queue.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/metrics.h"
#include "base/sql_error.h"
#include "kv/embedded/bulk_commit.h"
#include "kv/embedded/engine_record.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/safepoint_advance.h"
#include "kv/embedded/timestamp_oracle.h"
#include "kv/embedded/write_buffer.h"

namespace sluice::kv {
namespace {

// Small commits share a write; one that is large by itself need not carry others.
constexpr std::int64_t kGroupBytesMax = 2 << 20;
// A batch above this is given back to the allocator instead of being kept for the next group.
constexpr std::size_t kBatchBytesKept = 4 << 20;

Counter commits_total{"sluice_kv_commits_total", "Transactions with writes that were committed"};
Counter commit_groups_total{"sluice_kv_commit_groups_total", "Log writes, each of which carried one commit or several"};

void append_record(std::string_view key, Timestamp value, rocksdb::WriteBatch& batch) {
  throw_if_failed(batch.Put(rocksdb::Slice(key.data(), key.size()), encode_record(value)), "build commit batch");
}

void append_versions(const WriteBuffer& writes, Timestamp commit_ts, rocksdb::WriteBatch& batch) {
  char version[kVersionBytes];
  store_version(commit_ts, version);
  rocksdb::Slice key_parts[2];
  rocksdb::Slice value_parts[2];
  key_parts[1] = rocksdb::Slice(version, kVersionBytes);
  for (const WriteBuffer::Node* node = writes.first(); node != nullptr; node = WriteBuffer::next(node)) {
    if (node->newest == nullptr) continue;
    const WriteBuffer::Write& write = *node->newest;
    key_parts[0] = rocksdb::Slice(node->key.data(), node->key.size());
    value_parts[0] = rocksdb::Slice(write.is_put ? &kPutKind : &kDeleteKind, 1);
    value_parts[1] = rocksdb::Slice(write.value.data(), write.value.size());
    throw_if_failed(batch.Put(rocksdb::SliceParts(key_parts, 2), rocksdb::SliceParts(value_parts, 2)),
                    "build commit batch");
  }
}

}  // namespace

CommitQueue::CommitQueue(rocksdb::DB& db, TimestampOracle& oracle, SafepointAdvance& safepoint,
                         const ErrorState& errors, BulkCommit& bulk, Durability durability)
    : db_(db),
      oracle_(oracle),
      safepoint_(safepoint),
      errors_(errors),
      bulk_(bulk),
      durability_(durability),
      batch_(std::make_unique<rocksdb::WriteBatch>()) {}

CommitQueue::~CommitQueue() = default;

Timestamp CommitQueue::commit(const WriteBuffer& writes, CommitDurability need, StopToken stop) {
  Request request;
  request.writes = &writes;
  request.need = need;
  request.is_large = bulk_.takes(writes);
  request.stop = stop;
  if (request.is_large) bulk_.prepare(stop);
  return run(request, stop);
}

void CommitQueue::raise_clock_bound(Timestamp ts) {
  if (oracle_.is_bounded(ts)) return;
  Request request;
  request.durable_ts = ts;
  run(request, StopToken());  // tidy-allow(never-stops): a small write of its own
}

void CommitQueue::advance_safepoint() {
  Request request;
  request.advances_safepoint = true;
  run(request, StopToken());  // tidy-allow(never-stops): a small write of its own
}

Timestamp CommitQueue::run(Request& request, StopToken stop) {
  bool leads;
  {
    MutexLock lock(mutex_);
    (last_ == nullptr ? first_ : last_->next) = &request;
    last_ = &request;
    leads = !has_leader_;
    has_leader_ = true;
  }
  if (!leads) {
    const StopCallback on_stop(stop, [&]() noexcept { leave(request); });
    // The request belongs to the leader until it has signalled.
    request.woken.wait();
    if (request.has_left) {
      stop.poll();
      SLUICE_CHECK(false, "a request left the queue without a stop");
    }
    leads = request.role == Role::kLeader;
  }
  if (leads) lead(request);
  if (request.failure != nullptr) std::rethrow_exception(request.failure);
  return request.commit_ts;
}

void CommitQueue::leave(Request& request) noexcept {
  MutexLock lock(mutex_);
  // Who is to lead the next group does so.
  if (request.role == Role::kLeader) return;
  Request* before = nullptr;
  Request* queued = first_;
  while (queued != nullptr && queued != &request) {
    before = queued;
    queued = queued->next;
  }
  if (queued == nullptr) return;  // its group is being written
  (before == nullptr ? first_ : before->next) = request.next;
  if (last_ == &request) last_ = before;
  request.has_left = true;
  request.woken.signal();
}

std::size_t CommitQueue::take_group() {
  MutexLock lock(mutex_);
  Request* last = first_;
  std::int64_t bytes = 0;
  std::size_t count = 1;
  for (;; ++count) {
    bytes += last->writes == nullptr ? 0 : last->writes->data_bytes();
    if (last->next == nullptr || bytes > kGroupBytesMax || last->is_large || last->next->is_large) break;
    last = last->next;
  }
  first_ = last->next;
  if (first_ == nullptr) last_ = nullptr;
  last->next = nullptr;
  return count;
}

void CommitQueue::lead(Request& leader) noexcept {
  const std::size_t count = take_group();
  try {
    write_group(leader, count);
  } catch (const SqlError& error) {
    // Each member rethrows its own copy to its transaction.
    for (Request* member = &leader; member != nullptr; member = member->next)
      member->failure = std::make_exception_ptr(error);
  } catch (...) {
    for (Request* member = &leader; member != nullptr; member = member->next)
      member->failure = std::current_exception();
  }
  finish_group(leader);
}

void CommitQueue::write_group(Request& leader, std::size_t count) {
  Timestamp durable_ts = 0;
  auto urgency = SafepointAdvance::Urgency::kWhenDue;
  bool is_awaited = false;  // some member waits until it is durable
  for (const Request* member = &leader; member != nullptr; member = member->next) {
    durable_ts = std::max(durable_ts, member->durable_ts);
    if (member->advances_safepoint) urgency = SafepointAdvance::Urgency::kNow;
    is_awaited |= member->need == CommitDurability::kAsStore;
  }
  const TimestampOracle::Group group = oracle_.begin_group(count, durable_ts);
  TimestampOracle::Outcome outcome = TimestampOracle::Outcome::kFailed;
  try {
    batch_->Clear();
    Timestamp commit_ts = group.first;
    for (Request* member = &leader; member != nullptr; member = member->next) member->commit_ts = commit_ts++;
    // The error state may have changed while it waited; then it is written like others.
    const bool is_large = leader.is_large && bulk_.takes(*leader.writes);
    std::optional<BulkCommit::Files> files;
    if (is_large) {
      files.emplace(bulk_, *leader.writes, leader.commit_ts, leader.stop);
      leader.stop.poll();
    } else {
      for (const Request* member = &leader; member != nullptr; member = member->next) {
        if (member->writes != nullptr) append_versions(*member->writes, member->commit_ts, *batch_);
      }
    }
    if (group.new_bound != 0) append_record(kClockBoundRecord, group.new_bound, *batch_);
    const Timestamp safepoint = safepoint_.choose(urgency);
    if (safepoint != 0) append_record(kSafepointRecord, safepoint, *batch_);
    rocksdb::WriteOptions options;
    is_awaited |= safepoint != 0;  // collection follows it at once
    // Files are durable as soon as they are ingested, so the clock bound and all earlier commits must be before.
    options.sync = (is_awaited && durability() == Durability::kSync) || durable_ts != 0 || is_large ||
                   urgency == SafepointAdvance::Urgency::kNow;
    if (!options.sync) unsynced_.store(true, std::memory_order_release);
    errors_.throw_if_stopped("commit");
    SLUICE_DURABLE_WRITE("kv.commit.write");
    if (batch_->Count() > 0) {
      throw_if_failed(db_.Write(options, batch_.get()), "commit");
    } else if (options.sync) {
      throw_if_failed(db_.SyncWAL(), "commit");
    }
    if (files) {
      SLUICE_DURABLE_WRITE("kv.commit.ingest");
      files->ingest();
    }
    SLUICE_FAILPOINT("kv.commit.written");
    outcome = TimestampOracle::Outcome::kWritten;
    if (safepoint != 0) safepoint_.publish(safepoint);
  } catch (...) {
    oracle_.end_group(group, count, outcome);
    throw;
  }
  oracle_.end_group(group, count, outcome);
  commits_total.add(count);
  commit_groups_total.add();
  if (batch_->GetDataSize() > kBatchBytesKept) batch_ = std::make_unique<rocksdb::WriteBatch>();
}

void CommitQueue::finish_group(Request& leader) noexcept {
  Request* heir = nullptr;
  {
    MutexLock lock(mutex_);
    heir = first_;
    has_leader_ = heir != nullptr;
    if (heir != nullptr) heir->role = Role::kLeader;
  }
  // The next leader first: its write overlaps with the waking of this group's followers.
  if (heir != nullptr) heir->woken.signal();
  for (Request* member = leader.next; member != nullptr;) {
    Request* next = member->next;  // the member's thread ends the request as soon as it is signalled
    member->woken.signal();
    member = next;
  }
}

}  // namespace sluice::kv
