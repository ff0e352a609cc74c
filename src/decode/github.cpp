#include <algorithm>

#include "decode/vendor_time.hpp"
#include "decode/webhook.hpp"

namespace tidemark {
namespace {

/// Clocks of GitHub's own services differ by a second or so.
constexpr Micros kClockTolerance = seconds(5);
/// Times before it are the year 1: unknown.
constexpr Instant kEpoch{0};

using Texts = std::vector<std::string_view>;

/// The attempt, which old servers leave out.
std::string_view attempt_of(const PayloadObject& run) {
  const std::string_view attempt = run.id("run_attempt");
  return attempt.empty() ? "1" : attempt;
}

/// `completed` is the event's word; it may come for what is not.
bool is_unfinished(const PayloadObject& work) {
  const std::string_view status = work.text("status");
  return work.text("conclusion").empty() && !status.empty() && status != "completed";
}

/// A check run that was made inside a job, by a test reporter for instance, comes as a job that asked for no runner, got
/// none and did nothing. So does a job that was skipped or cancelled, which is one.
bool is_phantom(const PayloadObject& job, const Texts& labels, const std::vector<PayloadObject>& steps) {
  const std::string_view conclusion = job.text("conclusion");
  if (conclusion == "skipped" || conclusion == "cancelled") return false;
  const std::string_view runner = job.id("runner_id");
  return (runner.empty() || runner == "0") && labels.empty() && steps.empty();
}

struct JobTimes {
  std::optional<Instant> created, started, completed;
};

/// Running the failed jobs of a run again sends the others again too: with the new attempt, created when that was, and
/// with the times of the attempt that they ran in. No job ends before it is created.
bool is_resent(std::string_view attempt, const JobTimes& times) {
  if (attempt == "1" || !times.created || !times.completed || *times.completed < kEpoch) return false;
  const Instant begin = std::min(times.started.value_or(*times.completed), *times.completed);
  return *times.completed <= *times.created && begin + kClockTolerance < *times.created;
}

class GithubDecoder {
 public:
  GithubDecoder(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : reader_(Way::github, context, batch, report) {}

  void decode(std::string_view bytes) {
    const PayloadObject body = reader_.parse(bytes);
    if (!body) return;
    const bool completed = body.text("action") == "completed";
    const PayloadObject job = body.object("workflow_job");
    const PayloadObject run = body.object("workflow_run");
    if (completed && job && !is_unfinished(job))
      decode_job(body, job);
    else if (completed && run && !job && !is_unfinished(run))
      decode_run(body, run);
    else
      ++reader_.report().ignored;
  }

 private:
  void decode_job(const PayloadObject& body, const PayloadObject& job) {
    const Texts labels = job.texts("labels");
    const std::vector<PayloadObject> steps = job.objects("steps");
    if (is_phantom(job, labels, steps)) {
      ++reader_.report().phantom_jobs;
      return;
    }
    const SourceFields& fields = reader_.job();
    const std::string_view attempt = attempt_of(job);
    if (!reader_.begin(fields, "workflow_job", instance_of(body), job.id("id"), attempt)) return;
    const JobTimes times{reader_.time(job, "created_at"), reader_.time(job, "started_at"),
                         reader_.time(job, "completed_at")};
    if (is_resent(attempt, times)) {
      ++reader_.report().resent_jobs;
      return;
    }
    reader_.run(job.id("run_id"));
    set_repository(fields, body.object("repository"), job.text("head_branch"));
    reader_.text(fields.pipeline, job.text("workflow_name"));
    reader_.text(fields.job, job.text("name"));
    reader_.text(fields.runner, job.text("runner_name"));
    reader_.labels(fields.labels, labels);
    reader_.result(fields.result, job.text("conclusion"));
    reader_.instant(fields.queued_at, times.created);
    reader_.instant(fields.started_at, start_of(times, steps));
    reader_.instant(fields.ended_at, times.completed);
    reader_.finish();
  }

  /// `started_at` can be when the job was queued; its first step starts when a runner has it. Steps with times outside
  /// of the job's say nothing.
  static std::optional<Instant> start_of(const JobTimes& times, const std::vector<PayloadObject>& steps) {
    std::optional<Instant> first;
    for (const PayloadObject& step : steps)
      if (const auto at = parse_vendor_time(step.text("started_at")); at && *at >= kEpoch && (!first || *at < *first))
        first = at;
    const bool fits =
        first && (!times.created || *first >= *times.created) && times.completed && *first <= *times.completed;
    return fits ? first : times.started;
  }

  void decode_run(const PayloadObject& body, const PayloadObject& run) {
    const SourceFields& fields = reader_.pipeline();
    const std::string_view attempt = attempt_of(run);
    if (!reader_.begin(fields, "workflow_run", instance_of(body), run.id("id"), attempt)) return;
    reader_.run(run.id("id"));
    set_repository(fields, body.object("repository"), run.text("head_branch"));
    reader_.text(fields.pipeline, name_of_workflow(body, run));
    reader_.result(fields.result, run.text("conclusion"));
    const auto created = reader_.time(run, "created_at");
    const auto started = reader_.time(run, "run_started_at");
    // Of a later attempt it says when the first one was.
    const bool created_for_this = attempt == "1";
    if (created_for_this) reader_.instant(fields.queued_at, created);
    reader_.instant(fields.started_at, started || !created_for_this ? started : created);
    reader_.instant(fields.ended_at, reader_.time(run, "updated_at"));
    reader_.finish();
  }

  /// A workflow without a name is called by its file.
  static std::string_view name_of_workflow(const PayloadObject& body, const PayloadObject& run) {
    for (const std::string_view name : {run.text("name"), body.object("workflow").text("name"), run.text("path"),
                                        body.object("workflow").text("path")})
      if (!name.empty()) return name;
    return {};
  }

  void set_repository(const SourceFields& fields, const PayloadObject& repository, std::string_view branch) {
    reader_.text(fields.owner, repository.object("owner").text("login"));
    reader_.text(fields.repository, repository.text("full_name"));
    reader_.branch(fields, branch, repository.text("default_branch"));
  }

  static std::string_view instance_of(const PayloadObject& body) {
    return host_of(body.object("repository").text("html_url"));
  }

  WebhookReader reader_;
};

}  // namespace

void decode_github(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  GithubDecoder(context, batch, report).decode(bytes);
}

}  // namespace tidemark
