#include "decode/repository_url.hpp"
#include "decode/webhook.hpp"

namespace tidemark {
namespace {

/// A state that is OpenTelemetry's under another name, beyond what model/results.hpp maps.
std::string_view result_of(std::string_view state) {
  if (state == "canceling") return "cancellation";
  if (state == "timing_out") return "timeout";
  return state;
}

/// `my-org` out of `https://api.buildkite.com/v2/organizations/my-org/…` or `https://buildkite.com/my-org/…`.
std::string_view organization_in(std::string_view url) {
  constexpr std::string_view kMark = "/organizations/";
  const auto begin = url.find(kMark);
  std::string_view rest;
  if (begin != std::string_view::npos) {
    rest = url.substr(begin + kMark.size());
  } else {
    const std::string_view host = host_of(url);
    if (host.empty()) return {};
    rest = url.substr(static_cast<std::size_t>(host.data() + host.size() - url.data()));
    if (rest.starts_with('/')) rest.remove_prefix(1);
  }
  return rest.substr(0, rest.find_first_of("/?#"));
}

std::vector<std::string_view> queue_of(const std::vector<std::string_view>& tags) {
  for (const std::string_view tag : tags)
    if (tag.starts_with("queue=")) return {tag};
  return {};
}

std::string_view first_of(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts)
    if (!text.empty()) return text;
  return {};
}

class BuildkiteDecoder {
 public:
  BuildkiteDecoder(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
      : reader_(Way::buildkite, context, batch, report) {}

  void decode(std::string_view bytes) {
    const PayloadObject body = reader_.parse(bytes);
    if (!body) return;
    const std::string_view event = body.text("event");
    const PayloadObject job = body.object("job");
    const PayloadObject build = body.object("build");
    if (event == "job.finished" && is_finished_job(job))
      decode_job(body, job, build);
    else if (event == "build.finished" && is_finished_build(build))
      decode_build(body, build);
    else
      ++reader_.report().ignored;
  }

 private:
  /// A payload may say a later state than its event: of a job that runs again, for instance. Waiting, blocking and
  /// triggering are steps of a pipeline, too.
  static bool is_finished_job(const PayloadObject& job) {
    const std::string_view type = job.text("type");
    return job && (type.empty() || type == "script") && !job.text("finished_at").empty();
  }
  /// A build that waits for somebody says that it is finished, and will finish once more.
  static bool is_finished_build(const PayloadObject& build) {
    const std::string_view state = build.text("state");
    return build && !build.is_true("blocked") && state != "blocked" && !build.text("finished_at").empty();
  }

  void decode_job(const PayloadObject& body, const PayloadObject& job, const PayloadObject& build) {
    const SourceFields& fields = reader_.job();
    if (!reader_.begin(fields, "job", {}, job.id("id"))) return;
    set_common(fields, body, build);
    reader_.text(fields.job, first_of({job.text("name"), job.text("step_key"), job.text("command")}));
    reader_.result(fields.result, state_of(job));
    const PayloadObject agent = job.object("agent");
    reader_.text(fields.runner, agent.text("name"));
    auto queue = queue_of(agent.texts("meta_data"));
    if (queue.empty()) queue = queue_of(job.texts("agent_query_rules"));
    reader_.labels(fields.labels, queue);
    // Not since it was created: it may have waited for other steps. A job that never started has no queue time.
    reader_.instant(fields.queued_at, reader_.time(job, "runnable_at"));
    reader_.instant(fields.started_at, reader_.time(job, "started_at"));
    reader_.instant(fields.ended_at, reader_.time(job, "finished_at"));
    reader_.finish();
  }

  /// `finished` says nothing of how.
  static std::string_view state_of(const PayloadObject& job) {
    const std::string_view state = job.text("state");
    if (state != "finished" || job.number("exit_status").empty()) return result_of(state);
    return job.number("exit_status") == "0" ? "passed" : "failed";
  }

  void decode_build(const PayloadObject& body, const PayloadObject& build) {
    const SourceFields& fields = reader_.pipeline();
    if (!reader_.begin(fields, "build", {}, build.id("id"))) return;
    set_common(fields, body, build);
    reader_.result(fields.result, result_of(build.text("state")));
    reader_.instant(fields.queued_at, reader_.time(build, "created_at"));
    reader_.instant(fields.started_at, reader_.time(build, "started_at"));
    reader_.instant(fields.ended_at, reader_.time(build, "finished_at"));
    reader_.finish();
  }

  void set_common(const SourceFields& fields, const PayloadObject& body, const PayloadObject& build) {
    const PayloadObject pipeline = body.object("pipeline");
    reader_.run(build.id("id"));
    for (const std::string_view url :
         {pipeline.text("url"), build.text("url"), pipeline.text("web_url"), build.text("web_url")})
      if (const std::string_view organization = organization_in(url); !organization.empty()) {
        reader_.text(fields.owner, organization);
        break;
      }
    reader_.text(fields.repository, repository_in_url(pipeline.text("repository")));
    reader_.text(fields.pipeline, first_of({pipeline.text("slug"), pipeline.text("name")}));
    reader_.branch(fields, build.text("branch"), pipeline.text("default_branch"));
  }

  WebhookReader reader_;
};

}  // namespace

void decode_buildkite(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  BuildkiteDecoder(context, batch, report).decode(bytes);
}

}  // namespace tidemark
