#include "decode/otlp_map.hpp"

namespace tidemark {
namespace {

using Key = OtlpKey;

/// One span with what decides about it.
struct View {
  const OtlpSpan& span;
  const AttributeSet& own;
  const AttributeSet& resource;

  /// Some senders fill a missing parent with zeros.
  bool is_root() const { return span.parent_id.find_first_not_of('\0') == std::string_view::npos; }
  template <Key... keys>
  bool any() const {
    return own.has_any(kKeySet<keys...>);
  }
  std::string_view own_text(Key key) const {
    const OtlpValue* value = own.find(key);
    return value && value->kind == OtlpValue::Kind::text ? value->text : std::string_view();
  }
};

bool is_dagger(const View& v) {
  return v.any<Key::dagger_digest, Key::dagger_cached, Key::dagger_internal>() || v.span.scope.starts_with("dagger.io");
}

/// Tests: nothing when the span is none; sessions, suites and phases are ignored.
std::optional<OtlpRole> test_role(const View& v) {
  const auto test_if = [](bool is_case) { return is_case ? OtlpRole::test : OtlpRole::ignored; };
  if (v.own.has(Key::test_scope)) return test_if(v.own_text(Key::test_scope) == "case");
  if (v.any<Key::test_case_name, Key::test_case_result>()) return OtlpRole::test;
  if (v.any<Key::tests_case_status, Key::tests_case_classname>()) return OtlpRole::test;
  // pytest-opentelemetry gives the phases of a test the same type and id, but other names.
  if (v.own.has(Key::pytest_span_type))
    return test_if(v.own_text(Key::pytest_span_type) == "test" &&
                   (!v.own.has(Key::pytest_nodeid) || v.own_text(Key::pytest_nodeid) == v.span.name));
  if (v.span.scope == "pytest-opentelemetry") return test_if(v.own.has(Key::code_function));
  if (v.any<Key::dd_test_name, Key::dd_test_status, Key::dd_test_suite, Key::dd_test_type>())
    return test_if(v.own.has(Key::dd_test_name) && v.own.has(Key::dd_test_status));
  if (v.any<Key::test_suite_name, Key::test_suite_status, Key::tests_suite_name>()) return OtlpRole::ignored;
  return std::nullopt;
}

bool is_queue(const View& v) {
  if (v.own.has(Key::cicd_queue_duration)) return true;
  return v.span.scope == "otel-cicd-action" && v.span.name == "Queued" && !v.is_root();
}

std::optional<OtlpRole> buildkite_role(const View& v) {
  if (v.span.name == "buildkite.build") return OtlpRole::pipeline;
  if (v.span.name == "buildkite.job") {
    const std::string_view type = v.own_text(Key::buildkite_job_type);
    return type.empty() || type == "script" ? OtlpRole::job : OtlpRole::ignored;  // the others wait, block or trigger
  }
  if (v.span.name.starts_with("buildkite.")) return OtlpRole::ignored;
  if (v.own.has(Key::buildkite_job_id)) return OtlpRole::job;
  return std::nullopt;
}

std::optional<OtlpRole> jenkins_role(const View& v) {
  if (v.any<Key::jenkins_step_name, Key::jenkins_step_type, Key::jenkins_agent_label>()) return OtlpRole::ignored;
  if (v.any<Key::ci_pipeline_run_result, Key::ci_pipeline_run_number>()) return OtlpRole::pipeline;
  return std::nullopt;
}

/// The Collector's githubreceiver says what a request is about on the resource alone: a run, or one job with its steps.
std::optional<OtlpRole> githubreceiver_role(const View& v) {
  if (v.resource.has(Key::cicd_run_task_status) && v.resource.has(Key::cicd_task_run_id))
    return v.own.has(Key::cicd_task_name) ? OtlpRole::ignored : OtlpRole::job;
  if (v.resource.has(Key::cicd_run_status)) return v.is_root() ? OtlpRole::pipeline : OtlpRole::ignored;
  return std::nullopt;
}

OtlpRole convention_role(const View& v) {
  if (v.own.has(Key::github_step_name)) return OtlpRole::ignored;
  if (v.any<Key::cicd_task_run_id, Key::cicd_task_run_result, Key::github_job_id>()) return OtlpRole::job;
  if (v.own.has(Key::cicd_task_name) && !v.resource.has(Key::cicd_task_run_id)) return OtlpRole::job;
  if (v.any<Key::dd_job_id, Key::dd_job_name>()) return OtlpRole::job;
  const bool is_run = v.is_root() || v.span.kind == OtlpSpan::kServer;
  if (v.own.has(Key::cicd_pipeline_result) || v.own.has(Key::gitlab_pipeline_source)) return OtlpRole::pipeline;
  if (is_run && v.any<Key::cicd_pipeline_name, Key::github_run_id>()) return OtlpRole::pipeline;
  if (v.is_root() && v.resource.has(Key::cicd_pipeline_result)) return OtlpRole::pipeline;
  if (v.is_root() && v.any<Key::ci_pipeline_id, Key::ci_pipeline_name>()) return OtlpRole::pipeline;
  return OtlpRole::ignored;
}

}  // namespace

/// Special shapes come before the convention, which some of them half follow.
OtlpRole classify(const OtlpSpan& span, const AttributeSet& own, const AttributeSet& resource) {
  const View v{span, own, resource};
  if (is_dagger(v)) return OtlpRole::ignored;
  if (const auto role = test_role(v)) return *role;
  if (is_queue(v)) return OtlpRole::queue;
  if (const auto role = buildkite_role(v)) return *role;
  if (const auto role = jenkins_role(v)) return *role;
  if (const auto role = githubreceiver_role(v)) return *role;
  return convention_role(v);
}

}  // namespace tidemark
