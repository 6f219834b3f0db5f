#pragma once

// The two state machines of a schema change. Both are tables that the worker runs; nothing else decides a successor.
//
// 1. The job (JobState, JobEvent): its life in the queue.
//
//    queueing --start--> running --step--> running --finish--> done --synced--> synced
//        |                 |  ^                                           (history)
//        |               pause resume
//        |                 v  |
//        +--pause--> pausing -> paused                cancel in queueing, running, pausing, paused:
//                                                     -> cancelling --nothing touched--> cancelled     (history)
//    an error that ends the job is a cancel           cancelling --touched--> rollingback --undone--> rollback done (history)
//    with that error as its reason                    cancelling past the commit point --> running
//
//    Where a job can only go on (cancelling, rollingback, and behind the commit point), an error is tried again. After too
//    many the job keeps its state and needs attention (Job::needs_attention, shown in COMMENTS): no worker takes it until
//    ADMIN RESUME, ADMIN CANCEL or the next start of the server.
//
// 2. The schema (Phase): what the change has done to the schema so far. Each arrow is one transaction and one schema
//    version; after it the worker waits until no transaction uses an older version.
//
//    none -> delete only -> write only -> reorganization -> verify ->* drop write only -> drop delete only -> drop reorganization -> finished
//      |                        things that are added               |                 things that are removed
//      +---- any phase left of * --- undo ---> undone               * = the commit point: the transaction that leaves the left half
//
//    A change skips the phases that it has no use for (ChangeShape). In one transaction, the commit point makes all that is
//    added public, applies all changes that need no reorganisation, and hides all that is removed: a statement with many
//    clauses takes effect as a whole or not at all. Before the commit point a stop leaves nothing; after it the change
//    runs to its end and a stop reports success.
//
//    Whole objects (tables, views, databases) are created, renamed and dropped in one step: none -> finished. A dropped table
//    needs no intermediate states, because its data stays until no transaction uses a version in which it exists.
//
//    crash, loss of ownership and repetition are no events: job row and schema change in one transaction, so the worker
//    that comes next finds the phase that was reached and goes on from there.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "catalog/schema_state.h"

namespace sluice::ddl {

/// Stored; the numbers are TiDB's (TIDB-FACTS section 3.3).
enum class JobState : std::uint8_t {
  kNone = 0,
  kRunning = 1,
  kRollingBack = 2,
  kRollbackDone = 3,
  kDone = 4,
  kCancelled = 5,
  kSynced = 6,
  kCancelling = 7,
  kQueueing = 8,
  kPaused = 9,
  kPausing = 10,
};
inline constexpr std::size_t kJobStates = 11;

constexpr std::string_view job_state_name(JobState state) noexcept {
  constexpr std::array<std::string_view, kJobStates> kNames = {"none",     "running",   "rollingback", "rollback done",
                                                               "done",     "cancelled", "synced",      "cancelling",
                                                               "queueing", "paused",    "pausing"};
  return kNames[static_cast<std::size_t>(state)];
}

/// The job is over: it is in the history and nothing of it runs.
constexpr bool is_terminal(JobState state) noexcept {
  return state == JobState::kSynced || state == JobState::kCancelled || state == JobState::kRollbackDone;
}

enum class JobEvent : std::uint8_t {
  kStart,         // the scheduler chose it
  kStep,          // a phase was left, another one follows
  kFinish,        // the last phase was reached
  kSync,          // no transaction uses an older version
  kCancel,        // ADMIN CANCEL, KILL of the waiting session, a permanent error, too many errors
  kPause,         // ADMIN PAUSE
  kParked,        // the worker has stopped what a pause stops
  kResume,        // ADMIN RESUME
  kUntouched,     // cancelled before anything was changed
  kUndo,          // the undo of a cancelled job
  kUndone,        // the undo is durable
  kBeyondCommit,  // a cancel came after the commit point
};
inline constexpr std::size_t kJobEvents = 12;

namespace detail {
inline constexpr std::uint8_t kRefused = 0xff;
using Row = std::array<std::uint8_t, kJobEvents>;

constexpr std::uint8_t to(JobState state) noexcept { return static_cast<std::uint8_t>(state); }
inline constexpr std::uint8_t R = kRefused;

// Columns: start, step, finish, sync, cancel, pause, parked, resume, untouched, undo, undone, beyond commit.
// A cancel of a job that is being undone already, and of one that is cancelled, changes nothing.
inline constexpr std::array<Row, kJobStates> kJobTransitions = {{
    /* none          */ {R, R, R, R, R, R, R, R, R, R, R, R},
    /* running       */
    {to(JobState::kRunning), to(JobState::kRunning), to(JobState::kDone), R, to(JobState::kCancelling),
     to(JobState::kPausing), R, R, R, R, R, R},
    /* rollingback   */
    {R, R, R, R, to(JobState::kRollingBack), R, R, R, R, R, to(JobState::kRollbackDone), R},
    /* rollback done */ {R, R, R, R, to(JobState::kRollbackDone), R, R, R, R, R, R, R},
    /* done          */ {R, R, R, to(JobState::kSynced), R, R, R, R, R, R, R, R},
    /* cancelled     */ {R, R, R, R, to(JobState::kCancelled), R, R, R, R, R, R, R},
    /* synced        */ {R, R, R, R, R, R, R, R, R, R, R, R},
    /* cancelling    */
    {R, R, R, R, to(JobState::kCancelling), R, R, R, to(JobState::kCancelled), to(JobState::kRollingBack), R,
     to(JobState::kRunning)},
    /* queueing      */
    {to(JobState::kRunning), R, R, R, to(JobState::kCancelling), to(JobState::kPausing), R, R, to(JobState::kCancelled),
     R, R, R},
    /* paused        */ {R, R, R, R, to(JobState::kCancelling), R, R, to(JobState::kQueueing), R, R, R, R},
    /* pausing       */
    {R, R, R, R, to(JobState::kCancelling), R, to(JobState::kPaused), R, R, R, R, R},
}};
}  // namespace detail

/// The successor of `state` on `event`; nullopt if the event is refused there.
constexpr std::optional<JobState> next_state(JobState state, JobEvent event) noexcept {
  const std::uint8_t next = detail::kJobTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
  if (next == detail::kRefused) return std::nullopt;
  return static_cast<JobState>(next);
}

/// How far the change of the schema is. Stored in the job.
enum class Phase : std::uint8_t {
  kNone = 0,
  kDeleteOnly = 1,
  kWriteOnly = 2,
  kReorganization = 3,
  kVerify = 4,
  kDropWriteOnly = 5,
  kDropDeleteOnly = 6,
  kDropReorganization = 7,
  kFinished = 8,
  kUndone = 9,
};
inline constexpr std::size_t kPhases = 10;

/// Which phases a change needs.
struct ChangeShape {
  bool adds = false;      // something appears in steps: columns, indexes, a NOT NULL
  bool verifies = false;  // a unique index is among it
  bool drops = false;     // columns or indexes disappear in steps
};

namespace detail {
// For each phase the next one if the change adds, and if it does not; the commit point is where the left half ends.
struct PhaseRow {
  Phase next;
  catalog::SchemaState shown;  // SCHEMA_STATE of ADMIN SHOW DDL JOBS
};
inline constexpr std::array<PhaseRow, kPhases> kPhaseTable = {{
    /* none                 */ {Phase::kDeleteOnly, catalog::SchemaState::kNone},
    /* delete only          */ {Phase::kWriteOnly, catalog::SchemaState::kDeleteOnly},
    /* write only           */ {Phase::kReorganization, catalog::SchemaState::kWriteOnly},
    /* reorganization       */ {Phase::kVerify, catalog::SchemaState::kWriteReorganization},
    /* verify               */ {Phase::kDropWriteOnly, catalog::SchemaState::kWriteReorganization},
    /* drop write only      */ {Phase::kDropDeleteOnly, catalog::SchemaState::kWriteOnly},
    /* drop delete only     */ {Phase::kDropReorganization, catalog::SchemaState::kDeleteOnly},
    /* drop reorganization  */ {Phase::kFinished, catalog::SchemaState::kDeleteReorganization},
    /* finished             */ {Phase::kFinished, catalog::SchemaState::kPublic},
    /* undone               */ {Phase::kUndone, catalog::SchemaState::kNone},
}};

constexpr bool needs(const ChangeShape& shape, Phase phase) noexcept {
  switch (phase) {
    case Phase::kDeleteOnly:
    case Phase::kWriteOnly:
    case Phase::kReorganization:
      return shape.adds;
    case Phase::kVerify:
      return shape.verifies;
    case Phase::kDropWriteOnly:
    case Phase::kDropDeleteOnly:
    case Phase::kDropReorganization:
      return shape.drops;
    default:
      return true;
  }
}
}  // namespace detail

/// The phase that follows `phase` for a change of this shape.
constexpr Phase next_phase(Phase phase, const ChangeShape& shape) noexcept {
  Phase next = detail::kPhaseTable[static_cast<std::size_t>(phase)].next;
  while (!detail::needs(shape, next)) next = detail::kPhaseTable[static_cast<std::size_t>(next)].next;
  return next;
}

/// Whether the change has taken effect: it can only go forward.
constexpr bool is_committed(Phase phase) noexcept { return phase >= Phase::kDropWriteOnly && phase != Phase::kUndone; }

/// Whether the step from `phase` is the commit point.
constexpr bool is_commit_point(Phase phase, const ChangeShape& shape) noexcept {
  return !is_committed(phase) && is_committed(next_phase(phase, shape));
}

/// What ADMIN SHOW DDL JOBS shows as SCHEMA_STATE.
constexpr catalog::SchemaState shown_state(Phase phase) noexcept {
  return detail::kPhaseTable[static_cast<std::size_t>(phase)].shown;
}

static_assert(next_phase(Phase::kNone, {}) == Phase::kFinished);
static_assert(is_commit_point(Phase::kNone, {}));
static_assert(next_phase(Phase::kReorganization, {.adds = true}) == Phase::kFinished);
static_assert(is_commit_point(Phase::kVerify, {.adds = true, .verifies = true}));
static_assert(next_phase(Phase::kNone, {.drops = true}) == Phase::kDropWriteOnly);

}  // namespace sluice::ddl
