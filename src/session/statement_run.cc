#include "session/statement_run.h"

#include <chrono>

#include "base/clock.h"
#include "types/sql_mode.h"

namespace sluice::session {

StatementRun::StatementRun(StopToken connection, Process& process, MemoryTracker& session_memory,
                           const SessionSettings& settings, expression::SessionFunctions& functions,
                           WarningList& warnings, std::string_view command, std::string_view text)
    : connection_(connection),
      source_(connection),
      latency_(text, source_.token()),
      task_(TaskKind::kStatement, text, source_.token()),
      attachment_(task_),
      memory_("statement", &session_memory,
              settings.memory_quota_bytes > 0 ? settings.memory_quota_bytes : MemoryTracker::kNoLimit),
      session_memory_(session_memory),
      warnings_(warnings),
      worker_{eval_, source_.token()},
      process_(process),
      begin_ns_(clock().now_ns()) {
  memory_.on_limit(source_);
  // The write buffer of its transaction belongs to the session, and counts as well.
  session_memory_.set_limit(memory_.limit_bytes());
  session_memory_.on_limit(source_);
  task_.set_memory(&memory_);
  eval_.stop = source_.token();
  eval_.sql_mode = settings.sql_mode;
  eval_.time_zone = settings.time_zone;
  eval_.statement_time_us = settings.fixed_timestamp_us ? *settings.fixed_timestamp_us : clock().system_now_us();
  eval_.warnings = &warnings;
  eval_.div_precision_increment = settings.div_precision_increment;
  eval_.default_week_format = settings.default_week_format;
  eval_.max_allowed_packet = settings.max_allowed_packet;
  eval_.group_concat_max_len = settings.group_concat_max_len;
  eval_.session = &functions;
  eval_.memory = &memory_;
  process_.begin_statement(source_, command, text);
}

StatementRun::~StatementRun() {
  timer_.reset();
  process_.end_statement();
  memory_.clear_on_limit();
  session_memory_.clear_on_limit();
}

void StatementRun::limit_memory(std::int64_t bytes) noexcept {
  memory_.set_limit(bytes);
  session_memory_.set_limit(bytes);
}

void StatementRun::limit_time(std::uint64_t milliseconds) {
  timer_.reset();
  if (milliseconds == 0) return;
  const std::int64_t left_ns = begin_ns_ + static_cast<std::int64_t>(milliseconds) * 1'000'000 - clock().now_ns();
  timer_ = std::make_unique<TaskScope>("time limit", source_.token());
  timer_->spawn("time limit", [this, left_ns](StopToken stop) {
    if (left_ns > 0) clock().sleep(std::chrono::nanoseconds(left_ns), stop);
    source_.request_stop(StopReason::kTimeLimit);
  });
}

}  // namespace sluice::session
