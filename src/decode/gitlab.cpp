#include "decode/repository_url.hpp"
#include "decode/webhook.hpp"
#include "model/decimal.hpp"

namespace tidemark {
namespace {

constexpr Micros kLongestQueue = days(366);

bool is_final(std::string_view status) {
  return status == "success" || status == "failed" || status == "canceled" || status == "skipped";
}

/// What a job is called in its own hook, and in the list of its pipeline's.
struct JobKeys {
  std::string_view id, name, status, started, finished, queued_duration, failure_reason;
};
constexpr JobKeys kJobHook{"build_id",
                           "build_name",
                           "build_status",
                           "build_started_at",
                           "build_finished_at",
                           "build_queued_duration",
                           "build_failure_reason"};
constexpr JobKeys kInPipeline{"id", "name", "status", "started_at", "finished_at", "queued_duration", "failure_reason"};

/// What the jobs of a pipeline have of it.
struct Pipeline {
  std::string_view id, branch, name;
};

class GitlabDecoder {
 public:
  GitlabDecoder(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : reader_(Way::gitlab, context, batch, report) {}

  void decode(std::string_view bytes) {
    body_ = reader_.parse(bytes);
    if (!body_) return;
    project_ = body_.object("project");
    const std::string_view kind = body_.text("object_kind");
    const PayloadObject pipeline = body_.object("object_attributes");
    if (kind == "build" && is_finished(body_, kJobHook))
      decode_job(body_, kJobHook, {pipeline_id(), body_.text("ref"), body_.object("commit").text("name")});
    else if (kind == "pipeline" && is_final(pipeline.text("status")) && !pipeline.text("finished_at").empty())
      decode_pipeline(pipeline);
    else
      ++reader_.report().ignored;
  }

 private:
  /// Who was skipped or waits for a hand has no times, so there is no hour to count it in.
  static bool is_finished(const PayloadObject& job, const JobKeys& keys) {
    return is_final(job.text(keys.status)) && !job.text(keys.finished).empty();
  }

  void decode_job(const PayloadObject& job, const JobKeys& keys, const Pipeline& pipeline) {
    const SourceFields& fields = reader_.job();
    if (!reader_.begin(fields, "job", instance(), job.id(keys.id))) return;
    set_common(fields, pipeline);
    reader_.text(fields.job, job.text(keys.name));
    reader_.result(fields.result, result_of(job, keys));
    const PayloadObject runner = job.object("runner");
    reader_.text(fields.runner, runner.text("description"));
    reader_.labels(fields.labels, runner.texts("tags"));
    const auto started = time(job, keys.started);
    reader_.instant(fields.started_at, started);
    // Not since it was created: a job that waits for a hand, or for others, is not in the queue yet.
    if (const auto queued = duration(job, keys.queued_duration); queued && started)
      reader_.instant(fields.queued_at, *started - *queued);
    reader_.instant(fields.ended_at, time(job, keys.finished));
    reader_.finish();
  }

  static std::string_view result_of(const PayloadObject& job, const JobKeys& keys) {
    const std::string_view reason = job.text(keys.failure_reason);
    const bool failed = job.text(keys.status) == "failed";
    if (failed && (reason == "job_execution_timeout" || reason == "stuck_or_timeout_failure")) return "timeout";
    return job.text(keys.status);
  }

  void decode_pipeline(const PayloadObject& pipeline) {
    const SourceFields& fields = reader_.pipeline();
    const Pipeline common{pipeline.id("id"), pipeline.text("ref"), pipeline.text("name")};
    if (reader_.begin(fields, "pipeline", instance(), common.id)) {
      set_common(fields, common);
      reader_.result(fields.result, pipeline.text("status"));
      const auto created = time(pipeline, "created_at");
      reader_.instant(fields.queued_at, created);
      if (const auto queued = duration(pipeline, "queued_duration"); queued && created)
        reader_.instant(fields.started_at, *created + *queued);
      reader_.instant(fields.ended_at, time(pipeline, "finished_at"));
      reader_.finish();
    }
    // Each is the same span as by its own hook, should both be sent.
    for (const PayloadObject& job : body_.objects("builds"))
      if (is_finished(job, kInPipeline)) decode_job(job, kInPipeline, common);
  }

  /// A job's hook says it in one place; in older ones it is what `commit` calls its id.
  std::string_view pipeline_id() const {
    const std::string_view id = body_.id("pipeline_id");
    return id.empty() ? body_.object("commit").id("id") : id;
  }

  void set_common(const SourceFields& fields, const Pipeline& pipeline) {
    reader_.run(pipeline.id);
    std::string_view repository = project_.text("path_with_namespace");
    for (const std::string_view key : {"git_http_url", "homepage", "git_ssh_url"})
      if (repository.empty()) repository = repository_in_url(body_.object("repository").text(key));
    reader_.text(fields.repository, repository);
    // A pipeline without a name is called by its file.
    const std::string_view name = pipeline.name.empty() ? project_.text("ci_config_path") : pipeline.name;
    reader_.text(fields.pipeline, name.empty() ? ".gitlab-ci.yml" : name);
    reader_.branch(fields, pipeline.branch, project_.text("default_branch"));
  }

  std::string_view instance() const {
    const std::string_view host = host_of(project_.text("web_url"));
    return host.empty() ? host_of(body_.object("repository").text("homepage")) : host;
  }

  /// Newer servers say the same time once more, by the standard.
  std::optional<Instant> time(const PayloadObject& object, std::string_view key) {
    const std::string iso = std::string(key) + "_iso";
    return reader_.time(object, object.text(iso).empty() ? key : std::string_view(iso));
  }

  /// Seconds, whole or with a fraction.
  std::optional<Micros> duration(const PayloadObject& object, std::string_view key) {
    const std::string_view said = object.number(key);
    if (said.empty()) return std::nullopt;
    const auto decimal = parse_decimal(said);
    const auto micros = decimal ? to_fixed_point(*decimal, 1'000'000, 1) : std::nullopt;
    if (micros && *micros >= 0 && *micros <= kLongestQueue.count) return Micros{*micros};
    ++reader_.report().dropped_attributes;
    return std::nullopt;
  }

  WebhookReader reader_;
  PayloadObject body_, project_;
};

}  // namespace

void decode_gitlab(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  GitlabDecoder(context, batch, report).decode(bytes);
}

}  // namespace tidemark
