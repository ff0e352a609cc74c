#include <algorithm>
#include <pugixml.hpp>
#include <unordered_map>

#include "decode/decode.hpp"
#include "decode/fields.hpp"
#include "decode/junit_time.hpp"
#include "decode/vendor_time.hpp"
#include "model/results.hpp"
#include "model/span_builder.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

/// More tags or attributes than a report of kMaxJunitBytes can have in earnest; they bound the tree's memory.
constexpr std::size_t kMaxTags = 6'000'000;
constexpr std::size_t kMaxAttributes = 12'000'000;
constexpr Instant kFirstPlausible{31'536'000'000'000};  // 1971: year 1 and 1970 stand for "not set"

std::string_view attribute(pugi::xml_node node, const char* name) { return node.attribute(name).value(); }

bool is_suite(std::string_view element) { return element == "testsuite" || element == "testsuites"; }

/// Counted before parsing: whether the tree would take more memory than a report may.
bool has_too_many_nodes(std::string_view bytes) {
  std::size_t tags = 0, attributes = 0;
  char before = 0;
  for (const char c : bytes) {
    tags += c == '<';
    attributes += before == '=' && (c == '"' || c == '\'');
    before = c;
  }
  return tags > kMaxTags || attributes > kMaxAttributes;
}

/// What one case came to. A case may have several outcomes, and several of one kind: the worst one counts.
/// flakyFailure and flakyError stand for attempts before one that passed; rerunFailure and rerunError for attempts
/// around one that failed.
std::string_view outcome_of(pugi::xml_node test_case) {
  bool failed = false, skipped = false;
  for (const pugi::xml_node child : test_case.children()) {
    const std::string_view name = child.name();
    if (name == "error" || name == "rerunError") return "error";
    failed |= name == "failure" || name == "rerunFailure";
    skipped |= name == "skipped" || name == "ignored" || name == "disabled";
  }
  if (failed) return "failure";
  for (const char* key : {"status", "result"}) {
    const std::string_view said = attribute(test_case, key);
    if (said == "notrun" || said == "suppressed" || said == "disabled" || said == "ignored") skipped = true;
    const auto mapped = map_result(said);
    if (!mapped || *mapped == "success" || *mapped == kUnknownResult) continue;
    if (*mapped != "skip") return *mapped;
    skipped = true;
  }
  return skipped ? "skip" : "success";
}

/// One report being read.
class ReportReader {
 public:
  ReportReader(const DecodeContext& context, const Digest& report_digest, int source, SpanBatch& batch,
               DecodeReport& report)
      : context_(context),
        report_digest_(report_digest),
        source_(source),
        def_(context.schema.sources[static_cast<std::size_t>(source)]),
        defaults_(def_, context.defaults),
        batch_(batch),
        report_(report),
        builder_(context.schema, batch, report, Way::junit),
        suite_(find("suite", FieldType::text)),
        test_(find("test", FieldType::text)),
        result_(find("result", FieldType::result)),
        started_at_(find("started_at", FieldType::instant)),
        ended_at_(find("ended_at", FieldType::instant)) {}

  void read_suite(pugi::xml_node suite, std::size_t depth, std::optional<Instant> started) {
    if (depth > kMaxXmlDepth) {
      report_.rejections.add(
          RejectReason::too_deep, std::string(context_.name),
          "suites nest deeper than " + std::to_string(kMaxXmlDepth) + "; what is below was left out");
      return;
    }
    if (const auto own = time_of(suite)) started = own;
    path_.emplace_back(attribute(suite, "name"));
    const bool named = std::string_view(suite.name()) == "testsuite" && !path_.back().empty();
    if (named) names_.push_back(path_.back());
    for (const pugi::xml_node child : suite.children()) {
      const std::string_view name = child.name();
      if (name == "testcase")
        read_case(child, started);
      else if (is_suite(name))
        read_suite(child, depth + 1, started);
    }
    if (named) names_.pop_back();
    path_.pop_back();
  }

 private:
  int find(std::string_view name, FieldType type) const {
    const int i = def_.field_index(name);
    return i >= 0 && def_.fields[static_cast<std::size_t>(i)].type == type ? i : -1;
  }

  /// An absolute time; naive ones are nobody's, see decode_junit.
  static std::optional<Instant> time_of(pugi::xml_node node) {
    const std::string_view text = attribute(node, "timestamp");
    if (text.empty()) return std::nullopt;
    const auto t = parse_vendor_time(text);
    return t && *t >= kFirstPlausible ? t : std::nullopt;
  }

  void read_case(pugi::xml_node test_case, std::optional<Instant> started) {
    if (++cases_ > kMaxJunitCases) return too_many();
    const std::string_view name = attribute(test_case, "name");
    builder_.begin(source_, identity_of(attribute(test_case, "classname"), name));
    set_text(suite_, suite_of(test_case, name));
    set_text(test_, name);
    if (result_ >= 0) builder_.set_text(result_, outcome_of(test_case));
    if (const auto own = time_of(test_case)) started = own;
    set_times(started, duration_of(test_case));
    defaults_.apply(builder_, batch_);
    where_.assign(context_.name).append(": testcase ").append(std::to_string(cases_));
    where_.append(" \"").append(name.substr(0, 128)).append("\"");
    builder_.finish(where_);
  }

  void too_many() {
    if (cases_ == kMaxJunitCases + 1)
      report_.rejections.add(RejectReason::too_large, std::string(context_.name),
                             "more than " + std::to_string(kMaxJunitCases) + " test cases; the rest was left out");
    else
      report_.rejections.count(RejectReason::too_large);
  }

  void set_text(int field, std::string_view text) {
    if (field >= 0 && !text.empty()) builder_.set_text(field, text);
  }

  DigestBuilder& identity_of(std::string_view classname, std::string_view name) {
    digest_.add(report_digest_.view()).add(static_cast<std::int64_t>(path_.size()));
    for (const std::string& part : path_) digest_.add(part);
    const Digest same = digest_.add(classname).add(name).finish();
    return digest_.add("junit").add(same.view()).add(occurrences_[same]++);
  }

  /// decode.hpp says which name counts when, and why.
  std::string_view suite_of(pugi::xml_node test_case, std::string_view name) {
    const std::string_view classname = attribute(test_case, "classname");
    const bool says_something = !classname.empty() && classname != name && classname != "test";
    if (says_something) return classname;
    if (!names_.empty()) {
      joined_.clear();
      for (const std::string& part : names_) joined_.append(joined_.empty() ? "" : " > ").append(part);
      return joined_;
    }
    const std::string_view file = attribute(test_case, "file");
    return file.empty() ? classname : file;
  }

  std::optional<Micros> duration_of(pugi::xml_node test_case) {
    const std::string_view text = trim(attribute(test_case, "time"));
    if (text.empty()) return std::nullopt;
    const auto duration = parse_junit_seconds(text);
    if (!duration) ++report_.dropped_attributes;
    return duration;
  }

  void set_times(std::optional<Instant> started, std::optional<Micros> duration) {
    const Micros length = duration.value_or(Micros{0});
    const Instant ended = started ? *started + length : context_.received_at;
    if (ended_at_ >= 0) builder_.set_instant(ended_at_, ended);
    if (started_at_ >= 0 && duration) builder_.set_instant(started_at_, ended - length);
  }

  const DecodeContext& context_;
  const Digest report_digest_;
  const int source_;
  const SourceDef& def_;
  const FieldDefaults defaults_;
  SpanBatch& batch_;
  DecodeReport& report_;
  SpanBuilder builder_;
  const int suite_, test_, result_, started_at_, ended_at_;
  DigestBuilder digest_;
  std::unordered_map<Digest, std::int64_t, DigestHash> occurrences_;
  std::vector<std::string> path_;   // every suite around, named or not
  std::vector<std::string> names_;  // those of the testsuite elements
  std::string joined_;
  std::string where_;
  std::uint64_t cases_ = 0;
};

std::string what_failed(const pugi::xml_parse_result& result, std::string_view bytes) {
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) return "the report is empty; expected JUnit XML";
  return std::string("no well-formed XML: ") + result.description() + " at byte " +
         std::to_string(std::max<std::ptrdiff_t>(result.offset, 0) + 1) + " of " + std::to_string(bytes.size());
}

/// Entities are never resolved; a report that declares some is not what it says.
bool declares_entities(const pugi::xml_document& document) {
  for (const pugi::xml_node node : document.children())
    if (node.type() == pugi::node_doctype && std::string_view(node.value()).find("<!ENTITY") != std::string_view::npos)
      return true;
  return false;
}

}  // namespace

Digest junit_report_digest(std::string_view bytes, const std::map<std::string, std::string>& defaults) {
  DigestBuilder digest;
  digest.add("junit report").add(digest_of(bytes).view());
  for (const auto& [name, value] : defaults) digest.add(name).add(value);
  return digest.finish();
}

void decode_junit(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  const auto reject = [&](RejectReason reason, std::string message) {
    report.rejections.add(reason, std::string(context.name), std::move(message));
  };
  if (bytes.size() > kMaxJunitBytes)
    return reject(RejectReason::too_large, "the report has " + std::to_string(bytes.size()) + " bytes, more than " +
                                               std::to_string(kMaxJunitBytes));
  if (has_too_many_nodes(bytes))
    return reject(RejectReason::too_large, "the report has more tags than any report needs");
  const int source = context.schema.source_index("test");
  if (source < 0)
    return reject(RejectReason::unknown_source, "the schema has no source 'test', which JUnit reports need");
  pugi::xml_document document;
  const auto result = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_doctype);
  if (!result) return reject(RejectReason::malformed, what_failed(result, bytes));
  if (declares_entities(document))
    return reject(RejectReason::malformed, "the report declares XML entities; they are not resolved");
  const pugi::xml_node root = document.document_element();
  if (!is_suite(root.name()))
    return reject(RejectReason::malformed, "the root element is '" +
                                               std::string(std::string_view(root.name()).substr(0, 64)) +
                                               "'; expected 'testsuites' or 'testsuite'");
  ReportReader(context, junit_report_digest(bytes, context.defaults), source, batch, report)
      .read_suite(root, 1, std::nullopt);
}

}  // namespace tidemark
