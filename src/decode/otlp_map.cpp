#include "decode/otlp_map.hpp"

#include <algorithm>
#include <cmath>

#include "decode/vendor_time.hpp"

namespace tidemark {

using Key = OtlpKey;
using Kind = OtlpValue::Kind;

namespace {

bool all_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

OtlpMapper::OtlpMapper(const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
    : schema_(context.schema),
      name_(context.name),
      batch_(batch),
      report_(report),
      builder_(context.schema, batch, report, Way::otlp),
      keys_(&OtlpKeyTable::built_in()) {
  prepare(schema_);
  for (const SourceDef& source : schema_.sources) defaults_.emplace_back(source, context.defaults);
  pipeline_ = Fields::of(schema_, "pipeline");
  job_ = Fields::of(schema_, "job");
  test_ = Fields::of(schema_, "test");
  resource_ = AttributeSet(keys_->size());
  own_ = AttributeSet(keys_->size());
}

/// Resolves what the schema itself declares: its own sources' matches, and fields filled from named attributes.
void OtlpMapper::prepare(const Schema& schema) {
  const auto key_of = [&](const std::string& name) {
    const OtlpKey known = keys_->find(name);
    if (known != OtlpKeyTable::kUnknown) return known;
    if (!schema_keys_) schema_keys_ = std::make_unique<OtlpKeyTable>(*keys_);
    keys_ = schema_keys_.get();
    return schema_keys_->add(name);
  };
  for (const SourceDef& def : schema.sources) {
    Source source;
    if (def.otlp) {
      source.matches_declared = any_declared_ = true;
      source.span_name = def.otlp->span_name;
      for (const auto& [name, wanted] : def.otlp->attributes) source.match.emplace_back(key_of(name), wanted);
    }
    for (std::size_t i = 0; i < def.fields.size(); ++i) {
      if (def.fields[i].attributes.empty() || def.fields[i].derived) continue;
      Declared declared{static_cast<int>(i), {}};
      for (const std::string& name : def.fields[i].attributes) declared.keys.push_back(key_of(name));
      source.declared.push_back(std::move(declared));
    }
    sources_.push_back(std::move(source));
  }
}

bool OtlpMapper::map(const OtlpSpan& span) {
  if (any_declared_)
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i].matches_declared && matches(sources_[i], span)) {
        map_declared(static_cast<int>(i), span);
        return true;
      }
  switch (classify(span, own_, resource_)) {
    case OtlpRole::ignored: ++report_.ignored; return true;
    case OtlpRole::queue: note_queue(span); return true;
    case OtlpRole::pipeline: map_pipeline(span); return true;
    case OtlpRole::test: map_test(span); return true;
    case OtlpRole::job:
      if (may_have_queue_span(span) || may_need_run(span)) return false;
      map_job(span);
      return true;
  }
  return true;
}

void OtlpMapper::map_last(const OtlpSpan& span) { map_job(span); }

void OtlpMapper::finish() {
  for (const Queue& queue : queues_)
    if (!queue.used && !(queue.of_pipeline && saw_pipeline_or_sibling_)) ++report_.missing_queue;
}

void OtlpMapper::reject(RejectReason reason, const OtlpSpan& span, std::string message) {
  report_.rejections.add(reason, where(span), std::move(message));
}

std::string OtlpMapper::where(const OtlpSpan& span) const {
  std::string text(name_);
  text.append(": span ").append(std::to_string(span.number));
  return text.append(" \"").append(span.name.substr(0, 128)).append("\"");
}

bool OtlpMapper::begin(int source, const OtlpSpan& span) {
  if (source < 0) {
    ++report_.ignored;
    return false;
  }
  if (span.trace_id.size() != 16 || all_zero(span.trace_id) || span.span_id.size() != 8 || all_zero(span.span_id)) {
    reject(RejectReason::missing_identity, span, "expected a trace id of 16 bytes and a span id of 8, not all zero");
    return false;
  }
  builder_.begin(source, digest_.add("otlp").add(span.trace_id).add(span.span_id));
  if (span.end_ns == 0) builder_.fail(RejectReason::invalid_time, "the span has no end time");
  if (span.start_ns == 0) builder_.fail(RejectReason::invalid_time, "the span has no start time");
  return true;
}

void OtlpMapper::finish_span(int source, const OtlpSpan& span) {
  for (const Declared& declared : sources_[static_cast<std::size_t>(source)].declared) {
    if (builder_.has(declared.field)) continue;
    const FieldDef& field =
        schema_.sources[static_cast<std::size_t>(source)].fields[static_cast<std::size_t>(declared.field)];
    for (const OtlpKey key : declared.keys) {
      const AttributeSet* from = nullptr;
      if (const OtlpValue* v = value(key, &from)) {
        set_declared(declared.field, field.type, *v, *from);
        break;
      }
    }
  }
  if (builder_.wants_run()) builder_.set_run(run_id());
  defaults_[static_cast<std::size_t>(source)].apply(builder_, batch_);
  builder_.finish_or([&] { return where(span); });
}

std::string_view OtlpMapper::run_id() {
  std::string_view id = text<Key::cicd_pipeline_run_id, Key::github_run_id, Key::github_job_run_id,
                             Key::buildkite_build_id, Key::buildkite_service_build_id>();
  if (!id.empty() || text<Key::cicd_pipeline_run_url, Key::cicd_task_run_url, Key::github_job_html_url,
                          Key::github_html_url>().empty())
    return id;
  for (const Key key :
       {Key::cicd_pipeline_run_url, Key::cicd_task_run_url, Key::github_job_html_url, Key::github_html_url})
    if (id.empty()) id = run_in_url(first_text({&key, 1}));
  return id;
}

void OtlpMapper::map_pipeline(const OtlpSpan& span) {
  saw_pipeline_or_sibling_ = true;
  if (!begin(pipeline_.source, span)) return;
  set_common(pipeline_);
  std::string_view name = text<Key::cicd_pipeline_name, Key::github_workflow, Key::ci_pipeline_id,
                               Key::ci_pipeline_name, Key::buildkite_pipeline_slug>();
  set_text(pipeline_.pipeline, name.empty() ? span.name : name);
  note_run(span);
  set_text(pipeline_.result, result_of(text<Key::cicd_pipeline_result, Key::cicd_run_status, Key::github_conclusion,
                                            Key::ci_pipeline_run_result, Key::buildkite_build_state, Key::dd_status>(),
                                       span));
  set_times(pipeline_, span);
  finish_span(pipeline_.source, span);
}

void OtlpMapper::map_test(const OtlpSpan& span) {
  if (!begin(test_.source, span)) return;
  set_common(test_);
  const std::string_view suite =
      text<Key::test_suite_name, Key::tests_case_classname, Key::tests_suite_name, Key::dd_test_suite,
           Key::code_file_path, Key::code_filepath, Key::code_namespace>();
  set_text(test_.suite, suite);
  std::string_view name = text<Key::test_case_name, Key::dd_test_name>();
  if (name.empty()) name = span.name;
  // pytest's ids begin with the file, which is the suite already.
  if (!suite.empty() && name.size() > suite.size() + 2 && name.starts_with(suite) &&
      name.substr(suite.size()).starts_with("::"))
    name.remove_prefix(suite.size() + 2);
  set_text(test_.test, name);
  set_text(test_.result, result_of(text<Key::test_case_result, Key::tests_case_status, Key::dd_test_status>(), span));
  set_times(test_, span);
  // junit2otlp's spans are as long as the import took; the test's own length is an attribute.
  if (const auto ms = number(Key::tests_case_duration); ms && *ms >= 0 && *ms < 1e12 && test_.started_at >= 0)
    builder_.set_instant(test_.started_at, instant_of_ns(span.end_ns) - Micros{std::llround(*ms * 1000)});
  finish_span(test_.source, span);
}

void OtlpMapper::set_common(const Fields& fields) {
  set_repository(fields);
  std::string_view branch =
      text<Key::vcs_ref_head_name, Key::vcs_ref_head, Key::vcs_repository_ref_name, Key::github_job_branch,
           Key::github_head_branch, Key::buildkite_branch, Key::buildkite_build_branch, Key::git_branch>();
  if (branch.starts_with("refs/heads/")) branch.remove_prefix(11);
  set_text(fields.branch, branch);
  if (fields.default_branch < 0 || branch.empty()) return;
  const OtlpValue* name = value(Key::vcs_ref_default);
  if (name && name->kind == Kind::text && !name->text.empty())
    builder_.set_boolean(fields.default_branch, branch == name->text);
}

/// `owner` and `repository` as `acme` and `acme/api`, from names where they are given and from addresses where not.
void OtlpMapper::set_repository(const Fields& fields) {
  constexpr auto kNone = std::string_view::npos;
  std::string_view owner =
      text<Key::vcs_owner_name, Key::vcs_repository_owner, Key::buildkite_org, Key::buildkite_organization_slug>();
  std::string_view name = text<Key::vcs_repository_name>();
  auto slash = name.find('/');
  if (name.empty() || (slash == kNone && owner.empty())) {
    const std::string_view path = repository_path();
    if (name.empty())
      name = path;
    else if (!path.empty())
      name = repository_.assign(path.substr(0, path.rfind('/'))).append("/").append(name);
    else
      owner = text<Key::gitlab_namespace>();
    slash = name.find('/');
  }
  if (slash == kNone && !name.empty() && !owner.empty())
    name = repository_.assign(owner).append("/").append(name);
  else if (slash != kNone && owner.empty())
    owner = name.substr(0, slash);
  set_text(fields.owner, owner);
  set_text(fields.repository, name);
}

/// From the repository's address, else from the first of the addresses below it.
std::string_view OtlpMapper::repository_path() {
  std::string_view path = repository_in_url(text<Key::vcs_repository_url, Key::git_repository_url>());
  for (const Key key :
       {Key::cicd_task_run_url, Key::cicd_pipeline_run_url, Key::github_job_html_url, Key::github_html_url})
    if (path.empty()) path = repository_in_run_url(first_text({&key, 1}));
  return path;
}

void OtlpMapper::set_times(const Fields& fields, const OtlpSpan& span) {
  if (fields.started_at >= 0) builder_.set_instant(fields.started_at, instant_of_ns(span.start_ns));
  if (fields.ended_at >= 0) builder_.set_instant(fields.ended_at, instant_of_ns(span.end_ns));
}

void OtlpMapper::set_text(int field, std::string_view text) {
  if (field >= 0 && !text.empty()) builder_.set_text(field, text);
}

std::string_view OtlpMapper::result_of(std::string_view said, const OtlpSpan& span) {
  if (!said.empty()) return said;
  if (span.status == OtlpSpan::kError) return "failure";
  if (span.status == OtlpSpan::kOk) return "success";
  return "unknown";
}

std::string_view OtlpMapper::first_text(std::span<const OtlpKey> keys) {
  for (const OtlpKey key : keys)
    for (const AttributeSet* set : {&own_, &resource_}) {
      const OtlpValue* v = set->find(key);
      if (!v) continue;
      if (v->kind == Kind::text && !v->text.empty() && v->text != "n/a") return v->text;
      if (v->kind == Kind::integer) return text_of(v->integer);
    }
  return {};
}

std::string_view OtlpMapper::text_of(std::int64_t number) {
  return number_texts_[next_number_text_++ % number_texts_.size()] = std::to_string(number);
}

std::optional<double> OtlpMapper::number(OtlpKey key) const {
  const OtlpValue* v = value(key);
  if (!v) return std::nullopt;
  if (v->kind == Kind::integer) return static_cast<double>(v->integer);
  if (v->kind == Kind::real) return v->real;
  return std::nullopt;
}

bool OtlpMapper::read_said_instant(OtlpKey key, Instant& t) {
  const std::string_view said = first_text({&key, 1});
  const auto said_time = said.empty() ? std::nullopt : parse_vendor_time(said);
  if (said_time) t = *said_time;
  return said_time.has_value();
}

}  // namespace tidemark
