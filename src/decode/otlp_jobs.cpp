#include <cmath>

#include "decode/otlp_map.hpp"

namespace tidemark {

using Key = OtlpKey;
using Kind = OtlpValue::Kind;

namespace {

/// Longer than any queue: a year. What is beyond is no queue time, and must not overflow.
constexpr double kMaxQueueSeconds = 366.0 * 86400;

std::optional<Micros> micros_of(std::optional<double> value, double units_per_second) {
  if (!value || !(*value >= 0) || *value > kMaxQueueSeconds * units_per_second) return std::nullopt;
  return Micros{std::llround(*value / units_per_second * 1e6)};
}

/// A job of the Collector's githubreceiver starts when it was created; its queue time is a child of it.
bool starts_queued(const AttributeSet& own, const AttributeSet& resource) {
  return resource.has(Key::cicd_run_task_status) && !own.has(Key::cicd_task_run_id);
}

}  // namespace

void OtlpMapper::note_queue(const OtlpSpan& span) {
  if (span.parent_id.empty() || span.end_ns < span.start_ns) {
    ++report_.missing_queue;
    return;
  }
  Queue queue{std::string(span.trace_id), std::string(span.parent_id), span.start_ns, span.end_ns,
              span.name == "Queued"};
  // The attribute is what the emitter means; the span can be clamped.
  if (const auto said = micros_of(number(Key::cicd_queue_duration), 1e9)) {
    const std::uint64_t end_ns = span.start_ns + static_cast<std::uint64_t>(said->count) * 1000;
    if (end_ns >= span.start_ns) queue.end_ns = end_ns;
  }
  queues_.push_back(std::move(queue));
}

bool OtlpMapper::may_have_queue_span(const OtlpSpan& span) const {
  if (starts_queued(own_, resource_)) return true;
  return span.scope == "otel-cicd-action" && !own_.has(Key::github_job_created_at);
}

OtlpMapper::Queue* OtlpMapper::queue_of(const OtlpSpan& span) {
  for (Queue& queue : queues_) {
    if (queue.trace_id != span.trace_id) continue;
    const bool below = !queue.of_pipeline && queue.parent_id == span.span_id;
    const bool beside = queue.of_pipeline && queue.parent_id == span.parent_id && queue.end_ns == span.start_ns;
    if (below || beside) return &queue;
  }
  return nullptr;
}

void OtlpMapper::note_run(const OtlpSpan& span) {
  const auto said = [&](int field) {
    const auto id = field < 0 ? std::nullopt : builder_.get(field);
    return id ? std::string(batch_.texts[*id]) : std::string();
  };
  runs_.push_back({std::string(span.trace_id), std::string(span.span_id), said(pipeline_.owner),
                   said(pipeline_.repository), said(pipeline_.pipeline), said(pipeline_.branch)});
}

/// By the conventions only the pipeline's span has to name the pipeline, and some emitters say nothing but a job's own.
bool OtlpMapper::may_need_run(const OtlpSpan& span) {
  return !span.parent_id.empty() && !starts_queued(own_, resource_) && pipeline_name(span).empty();
}

void OtlpMapper::inherit_from_run(const OtlpSpan& span) {
  for (const Run& run : runs_) {
    if (run.span_id != span.parent_id || run.trace_id != span.trace_id) continue;
    const auto fill = [&](int field, const std::string& text) {
      if (field >= 0 && !text.empty() && !builder_.has(field)) builder_.set_text(field, text);
    };
    fill(job_.owner, run.owner);
    fill(job_.repository, run.repository);
    fill(job_.pipeline, run.pipeline);
    fill(job_.branch, run.branch);
    return;
  }
}

std::string_view OtlpMapper::pipeline_name(const OtlpSpan& span) {
  const std::string_view pipeline =
      text<Key::github_job_workflow, Key::cicd_pipeline_name, Key::github_workflow, Key::buildkite_pipeline,
           Key::buildkite_pipeline_slug, Key::ci_pipeline_name>();
  // githubreceiver gives a job's name as its pipeline's; which workflow it belongs to is not in its request.
  return starts_queued(own_, resource_) && pipeline == span.name ? std::string_view() : pipeline;
}

void OtlpMapper::map_job(const OtlpSpan& span) {
  saw_pipeline_or_sibling_ = true;
  if (!begin(job_.source, span)) return;
  set_common(job_);
  const bool on_resource = starts_queued(own_, resource_);
  set_text(job_.pipeline, pipeline_name(span));
  std::string_view name = on_resource ? std::string_view()
                                      : text<Key::cicd_task_name, Key::github_job_name, Key::buildkite_job_label,
                                             Key::buildkite_job_key, Key::buildkite_service_job_label,
                                             Key::buildkite_step_label, Key::buildkite_step_key, Key::dd_job_name>();
  set_text(job_.job, name.empty() ? span.name : name);
  set_text(job_.result, job_result(span));
  set_text(job_.runner, text<Key::cicd_worker_name, Key::cicd_pipeline_worker_name, Key::cicd_pipeline_runner_name,
                             Key::github_job_runner_name, Key::buildkite_agent_name, Key::buildkite_agent,
                             Key::dd_node_name, Key::ci_pipeline_agent_name, Key::ci_pipeline_agent_id>());
  set_labels(job_);
  inherit_from_run(span);
  set_job_times(span);
  finish_span(job_.source, span);
}

std::string_view OtlpMapper::job_result(const OtlpSpan& span) {
  // GitLab says `failed` for a timeout, and why elsewhere.
  const std::string_view reason = text<Key::gitlab_failure_reason>();
  if (reason == "job_execution_timeout" || reason == "stuck_or_timeout_failure") return "timeout";
  std::string_view said = text<Key::cicd_task_run_result, Key::cicd_run_task_status, Key::github_job_conclusion,
                               Key::github_conclusion, Key::buildkite_job_state, Key::dd_status>();
  if (said == "finished" || said.empty())
    if (const OtlpValue* passed = value(Key::buildkite_job_passed); passed && passed->kind == Kind::boolean)
      return passed->integer ? "success" : "failure";
  if (!said.empty()) return said;
  if (const OtlpValue* error = value(Key::error); error && error->kind == Kind::boolean && error->integer)
    return "failure";
  // Buildkite's agent leaves the status of what went well unset.
  if (span.status == 0 && own_.has(Key::buildkite_job_id)) return "success";
  return result_of({}, span);
}

void OtlpMapper::set_job_times(const OtlpSpan& span) {
  Instant started = instant_of_ns(span.start_ns);
  Instant ended = instant_of_ns(span.end_ns);
  read_instant(Key::buildkite_started_at, started);
  read_instant(Key::buildkite_finished_at, ended);
  Queue* queue = queue_of(span);
  if (queue) queue->used = true;
  Instant queued;
  if (read_queued(queue, ended, started, queued)) {
    // GitHub's created_at is after started_at at times.
    if (queued > started) {
      queued = started;
      ++report_.clamped_times;
    }
    if (job_.queued_at >= 0) builder_.set_instant(job_.queued_at, queued);
  }
  if (job_.started_at >= 0) builder_.set_instant(job_.started_at, started);
  if (job_.ended_at >= 0) builder_.set_instant(job_.ended_at, ended);
}

bool OtlpMapper::read_queued(const Queue* queue, Instant ended, Instant& started, Instant& queued) {
  if (read_instant(Key::github_job_created_at, queued)) return true;
  if (queue) {
    queued = instant_of_ns(queue->start_ns);
    if (!queue->of_pipeline) started = std::min(instant_of_ns(queue->end_ns), ended);
    return true;
  }
  if (read_instant(Key::buildkite_runnable_at, queued)) return true;
  auto waited = micros_of(number(Key::gitlab_queued_duration), 1);
  if (!waited) waited = micros_of(number(Key::buildkite_wait_time_ms), 1e3);
  if (!waited) return false;
  queued = started - *waited;
  return true;
}

void OtlpMapper::set_labels(const Fields& fields) {
  if (fields.labels < 0) return;
  labels_.clear();
  for (const Key key : {Key::cicd_worker_labels, Key::cicd_pipeline_worker_labels, Key::cicd_worker_tags,
                        Key::github_job_labels, Key::dd_node_labels}) {
    if (add_labels(key)) break;
  }
  // Of Buildkite's tags only the queue is what a job asked for; the rest describes the machine.
  if (labels_.empty()) {
    const std::string_view queue = text<Key::buildkite_agent_queue, Key::buildkite_queue>();
    if (!queue.empty()) {
      labels_.push_back(label_text_.assign("queue=").append(queue));
    } else if (add_labels(Key::buildkite_query_rules)) {
      std::erase_if(labels_, [](std::string_view rule) { return !rule.starts_with("queue="); });
    }
  }
  if (!labels_.empty()) builder_.set_labels(fields.labels, labels_);
}

bool OtlpMapper::add_labels(OtlpKey key) {
  const AttributeSet* from = nullptr;
  const OtlpValue* v = value(key, &from);
  if (!v) return false;
  if (v->kind == Kind::list) {
    const auto begin = from->items().begin() + v->first;
    labels_.assign(begin, begin + v->count);
  } else if (v->kind == Kind::text) {
    split_labels(v->text, labels_);
    drop_brackets(v->text.size());
  }
  std::erase_if(labels_, [](std::string_view label) { return label.empty() || label == "n/a"; });
  return !labels_.empty();
}

/// A list that is written as JSON in a text. The labels have `size` bytes at most.
void OtlpMapper::drop_brackets(std::size_t size) {
  constexpr std::string_view kBrackets = "[]\"";
  label_text_.clear();
  label_text_.reserve(size);  // so that what was given out stays
  for (std::string_view& label : labels_) {
    if (label.find_first_of(kBrackets) == std::string_view::npos) continue;
    const std::size_t start = label_text_.size();
    for (const char c : label)
      if (kBrackets.find(c) == std::string_view::npos) label_text_.push_back(c);
    label = std::string_view(label_text_).substr(start);
  }
}

}  // namespace tidemark
