#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/same_text.hpp"

namespace tidemark {

/// The attributes that the built-in mappings read, by emitter. Sources: OpenTelemetry's semantic conventions, and the
/// emitters' own sources; docs/inputs.md, "OTLP".
#define TIDEMARK_OTLP_KEYS(KEY)                                             \
  /* OpenTelemetry: CI/CD */                                                \
  KEY(cicd_pipeline_name, "cicd.pipeline.name")                             \
  KEY(cicd_pipeline_run_id, "cicd.pipeline.run.id")                         \
  KEY(cicd_pipeline_run_url, "cicd.pipeline.run.url.full")                  \
  KEY(cicd_pipeline_result, "cicd.pipeline.result")                         \
  KEY(cicd_task_name, "cicd.pipeline.task.name")                            \
  KEY(cicd_task_run_id, "cicd.pipeline.task.run.id")                        \
  KEY(cicd_task_run_url, "cicd.pipeline.task.run.url.full")                 \
  KEY(cicd_task_run_result, "cicd.pipeline.task.run.result")                \
  KEY(cicd_worker_name, "cicd.worker.name")                                 \
  KEY(cicd_worker_labels, "cicd.worker.labels")                             \
  /* OpenTelemetry: version control; the last three are deprecated names */ \
  KEY(vcs_repository_name, "vcs.repository.name")                           \
  KEY(vcs_repository_url, "vcs.repository.url.full")                        \
  KEY(vcs_owner_name, "vcs.owner.name")                                     \
  KEY(vcs_ref_head_name, "vcs.ref.head.name")                               \
  KEY(vcs_repository_ref_name, "vcs.repository.ref.name")                   \
  KEY(vcs_repository_owner, "vcs.repository.owner")                         \
  KEY(vcs_ref_head, "vcs.ref.head")                                         \
  /* OpenTelemetry: tests */                                                \
  KEY(test_case_name, "test.case.name")                                     \
  KEY(test_case_result, "test.case.result.status")                          \
  KEY(test_suite_name, "test.suite.name")                                   \
  KEY(test_suite_status, "test.suite.run.status")                           \
  KEY(code_function, "code.function")                                       \
  KEY(code_namespace, "code.namespace")                                     \
  KEY(code_filepath, "code.filepath")                                       \
  KEY(code_file_path, "code.file.path")                                     \
  /* Mergify's pytest and vitest plugins */                                 \
  KEY(test_scope, "test.scope")                                             \
  KEY(cicd_pipeline_runner_name, "cicd.pipeline.runner.name")               \
  /* The Collector's githubreceiver */                                      \
  KEY(cicd_run_status, "cicd.pipeline.run.status")                          \
  KEY(cicd_run_task_status, "cicd.pipeline.run.task.status")                \
  KEY(cicd_queue_duration, "cicd.pipeline.run.queue.duration")              \
  KEY(cicd_pipeline_worker_name, "cicd.pipeline.worker.name")               \
  KEY(cicd_pipeline_worker_labels, "cicd.pipeline.worker.labels")           \
  /* The Collector's gitlabreceiver */                                      \
  KEY(cicd_worker_tags, "cicd.worker.tags")                                 \
  KEY(gitlab_pipeline_source, "gitlab.pipeline.source")                     \
  KEY(gitlab_queued_duration, "gitlab.job.queued_duration")                 \
  KEY(gitlab_failure_reason, "gitlab.job.failure_reason")                   \
  KEY(gitlab_namespace, "gitlab.project.namespace")                         \
  KEY(vcs_ref_default, "vcs.repository.ref.default")                        \
  /* otel-cicd-action */                                                    \
  KEY(github_job_id, "github.job.id")                                       \
  KEY(github_job_name, "github.job.name")                                   \
  KEY(github_job_conclusion, "github.job.conclusion")                       \
  KEY(github_job_created_at, "github.job.created_at")                       \
  KEY(github_job_labels, "github.job.labels")                               \
  KEY(github_job_runner_name, "github.job.runner_name")                     \
  KEY(github_job_workflow, "github.job.workflow_name")                      \
  KEY(github_job_branch, "github.job.head_branch")                          \
  KEY(github_job_html_url, "github.job.html_url")                           \
  KEY(github_job_run_id, "github.job.run_id")                               \
  KEY(github_step_name, "github.job.step.name")                             \
  KEY(github_workflow, "github.workflow")                                   \
  KEY(github_run_id, "github.run_id")                                       \
  KEY(github_conclusion, "github.conclusion")                               \
  KEY(github_head_branch, "github.head_branch")                             \
  KEY(github_html_url, "github.html_url")                                   \
  KEY(error, "error")                                                       \
  /* Jenkins, old names */                                                  \
  KEY(ci_pipeline_id, "ci.pipeline.id")                                     \
  KEY(ci_pipeline_name, "ci.pipeline.name")                                 \
  KEY(ci_pipeline_run_result, "ci.pipeline.run.result")                     \
  KEY(ci_pipeline_run_number, "ci.pipeline.run.number")                     \
  KEY(ci_pipeline_agent_id, "ci.pipeline.agent.id")                         \
  KEY(ci_pipeline_agent_name, "ci.pipeline.agent.name")                     \
  KEY(jenkins_step_name, "jenkins.pipeline.step.name")                      \
  KEY(jenkins_step_type, "jenkins.pipeline.step.type")                      \
  KEY(jenkins_agent_label, "jenkins.pipeline.step.agent.label")             \
  /* Buildkite's agent */                                                   \
  KEY(buildkite_agent, "buildkite.agent")                                   \
  KEY(buildkite_queue, "buildkite.queue")                                   \
  KEY(buildkite_org, "buildkite.org")                                       \
  KEY(buildkite_pipeline, "buildkite.pipeline")                             \
  KEY(buildkite_branch, "buildkite.branch")                                 \
  KEY(buildkite_job_id, "buildkite.job_id")                                 \
  KEY(buildkite_build_id, "buildkite.build_id")                             \
  KEY(buildkite_job_label, "buildkite.job_label")                           \
  KEY(buildkite_job_key, "buildkite.job_key")                               \
  /* Buildkite's notification service */                                    \
  KEY(buildkite_organization_slug, "buildkite.organization.slug")           \
  KEY(buildkite_pipeline_slug, "buildkite.pipeline.slug")                   \
  KEY(buildkite_build_branch, "buildkite.build.branch")                     \
  KEY(buildkite_build_state, "buildkite.build.state")                       \
  KEY(buildkite_service_build_id, "buildkite.build.id")                     \
  KEY(buildkite_service_job_label, "buildkite.job.label")                   \
  KEY(buildkite_step_label, "buildkite.step.label")                         \
  KEY(buildkite_step_key, "buildkite.step.key")                             \
  KEY(buildkite_job_type, "buildkite.job.type")                             \
  KEY(buildkite_job_state, "buildkite.job.state")                           \
  KEY(buildkite_job_passed, "buildkite.job.passed")                         \
  KEY(buildkite_runnable_at, "buildkite.job.runnable_at")                   \
  KEY(buildkite_started_at, "buildkite.job.started_at")                     \
  KEY(buildkite_finished_at, "buildkite.job.finished_at")                   \
  KEY(buildkite_wait_time_ms, "buildkite.job.wait_time_ms")                 \
  KEY(buildkite_query_rules, "buildkite.job.agent_query_rules")             \
  KEY(buildkite_agent_name, "buildkite.agent.name")                         \
  KEY(buildkite_agent_queue, "buildkite.agent.queue")                       \
  /* pytest-opentelemetry and junit2otlp */                                 \
  KEY(pytest_span_type, "pytest.span_type")                                 \
  KEY(pytest_nodeid, "pytest.nodeid")                                       \
  KEY(tests_case_status, "tests.case.status")                               \
  KEY(tests_case_duration, "tests.case.duration")                           \
  KEY(tests_case_classname, "tests.case.classname")                         \
  KEY(tests_suite_name, "tests.suite.suitename")                            \
  /* Dagger */                                                              \
  KEY(dagger_digest, "dagger.io/dag.digest")                                \
  KEY(dagger_cached, "dagger.io/dag.cached")                                \
  KEY(dagger_internal, "dagger.io/ui.internal")                             \
  /* Datadog's names */                                                     \
  KEY(dd_test_name, "test.name")                                            \
  KEY(dd_test_suite, "test.suite")                                          \
  KEY(dd_test_status, "test.status")                                        \
  KEY(dd_test_type, "test.type")                                            \
  KEY(dd_job_id, "ci.job.id")                                               \
  KEY(dd_job_name, "ci.job.name")                                           \
  KEY(dd_stage_name, "ci.stage.name")                                       \
  KEY(dd_status, "ci.status")                                               \
  KEY(dd_node_name, "ci.node.name")                                         \
  KEY(dd_node_labels, "ci.node.labels")                                     \
  KEY(git_branch, "git.branch")                                             \
  KEY(git_repository_url, "git.repository_url")

enum class OtlpKey : std::uint16_t {
#define TIDEMARK_KEY(id, text) id,
  TIDEMARK_OTLP_KEYS(TIDEMARK_KEY)
#undef TIDEMARK_KEY
      count
};

/// Some of the built-in keys, a bit for each.
class OtlpKeySet {
 public:
  static constexpr std::size_t kWords = (static_cast<std::size_t>(OtlpKey::count) + 63) / 64;

  template <typename... Keys>
  explicit constexpr OtlpKeySet(Keys... keys) {
    (add(static_cast<std::size_t>(keys)), ...);
  }
  constexpr std::uint64_t word(std::size_t i) const { return words_[i]; }

 private:
  constexpr void add(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << bit % 64; }

  std::array<std::uint64_t, kWords> words_{};
};

/// The keys that one question asks for, as a constant.
template <OtlpKey... keys>
inline constexpr OtlpKeySet kKeySet{keys...};

/// Finds the attributes that somebody reads among all that spans carry: the ones above, and a schema's own.
class OtlpKeyTable {
 public:
  /// With the built-in keys; shared by all who have no keys of their own.
  static const OtlpKeyTable& built_in();

  OtlpKeyTable();
  /// The key's number; a new one behind those that exist when it is not there yet.
  OtlpKey add(std::string_view key);
  /// OtlpKey::count and above are a schema's own; kUnknown when nobody reads it. Threads: any.
  OtlpKey find(std::string_view key) const {
    for (std::size_t i = hash(key) & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.key == kUnknown || same_text(slot.text, key)) return slot.key;
    }
  }
  std::size_t size() const { return size_; }

  static constexpr OtlpKey kUnknown = static_cast<OtlpKey>(0xffff);

 private:
  struct Slot {
    std::string text;
    OtlpKey key = kUnknown;
  };
  static std::size_t hash(std::string_view key);
  void grow();

  std::vector<Slot> slots_;
  std::size_t mask_;
  std::size_t size_ = 0;
};

}  // namespace tidemark
