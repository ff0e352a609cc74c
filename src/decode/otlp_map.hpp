#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode.hpp"
#include "decode/fields.hpp"
#include "decode/otlp_span.hpp"
#include "decode/repository_url.hpp"
#include "decode/source_fields.hpp"
#include "model/span_builder.hpp"

namespace tidemark {

/// What a span turned out to be.
enum class OtlpRole : std::uint8_t { ignored, pipeline, job, test, queue };

/// Which of the built-in roles a span has, by its own attributes, its resource's, its name and its parent.
OtlpRole classify(const OtlpSpan& span, const AttributeSet& own, const AttributeSet& resource);

/// Turns OTLP spans into Tidemark's: one for every request, whichever form it has.
/// The reader fills `resource`, then for each span `own`, and calls map.
class OtlpMapper {
 public:
  OtlpMapper(const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

  const OtlpKeyTable& keys() const { return *keys_; }
  AttributeSet& resource() { return resource_; }
  AttributeSet& own() { return own_; }
  DecodeReport& report() { return report_; }

  /// False when the span's queue time or its pipeline's may come with a later span of this request: then read it again,
  /// after all the others, and call map_last.
  bool map(const OtlpSpan& span);
  void map_last(const OtlpSpan& span);
  /// After the last span: counts queue times whose job did not come.
  void finish();
  void reject(RejectReason reason, const OtlpSpan& span, std::string message);

 private:
  /// A queue time that came as a span of its own.
  struct Queue {
    std::string trace_id, parent_id;
    std::uint64_t start_ns, end_ns;
    bool of_pipeline;  ///< Beside the jobs instead of below one.
    bool used = false;
  };
  /// What a pipeline's span says that its jobs may leave out.
  struct Run {
    std::string trace_id, span_id;
    std::string owner, repository, pipeline, branch;
  };
  using Fields = SourceFields;
  struct Declared {
    int field;
    std::vector<OtlpKey> keys;
  };
  struct Source {
    bool matches_declared = false;
    std::vector<std::pair<OtlpKey, std::string>> match;
    std::optional<std::string> span_name;
    std::vector<Declared> declared;
  };

  void prepare(const Schema& schema);
  bool matches(const Source& source, const OtlpSpan& span) const;

  std::string where(const OtlpSpan& span) const;
  bool begin(int source, const OtlpSpan& span);
  void finish_span(int source, const OtlpSpan& span);
  void map_declared(int source, const OtlpSpan& span);
  void map_pipeline(const OtlpSpan& span);
  void map_job(const OtlpSpan& span);
  void map_test(const OtlpSpan& span);
  void note_queue(const OtlpSpan& span);
  bool may_have_queue_span(const OtlpSpan& span) const;
  Queue* queue_of(const OtlpSpan& span);
  void note_run(const OtlpSpan& span);
  bool may_need_run(const OtlpSpan& span);
  void inherit_from_run(const OtlpSpan& span);

  void set_common(const Fields& fields);
  void set_repository(const Fields& fields);
  std::string_view repository_path();
  void set_times(const Fields& fields, const OtlpSpan& span);
  void set_job_times(const OtlpSpan& span);
  /// Whether anything says since when the job waited, which `queued` is then. A span of the waiting's own says when it
  /// `started`, too.
  bool read_queued(const Queue* queue, Instant ended, Instant& started, Instant& queued);
  void set_labels(const Fields& fields);
  bool add_labels(OtlpKey key);
  void drop_brackets(std::size_t size);
  std::string_view pipeline_name(const OtlpSpan& span);
  /// What the pipeline's run is called: by its id, else by what addresses say.
  std::string_view run_id();
  std::string_view job_result(const OtlpSpan& span);
  void set_text(int field, std::string_view text);
  void set_declared(int field, FieldType type, const OtlpValue& value, const AttributeSet& from);
  /// What was said, else what the span's status says.
  std::string_view result_of(std::string_view said, const OtlpSpan& span);

  /// The first of the keys that has a text: the span's own before its resource's. Empty texts and `n/a` are none.
  template <OtlpKey... keys>
  std::string_view text() {
    static constexpr OtlpKey kOrder[] = {keys...};
    if (!own_.has_any(kKeySet<keys...>) && !resource_.has_any(kKeySet<keys...>)) return {};
    return first_text(kOrder);
  }
  std::string_view first_text(std::span<const OtlpKey> keys);
  std::string_view text_of(std::int64_t number);
  bool has(OtlpKey key) const { return own_.has(key) || resource_.has(key); }
  const OtlpValue* value(OtlpKey key, const AttributeSet** from = nullptr) const {
    const AttributeSet* set = own_.has(key) ? &own_ : &resource_;
    if (from) *from = set;
    return set->find(key);
  }
  std::optional<double> number(OtlpKey key) const;
  /// Whether the attribute is there and says an instant, which `t` is then.
  bool read_instant(OtlpKey key, Instant& t) { return has(key) && read_said_instant(key, t); }
  bool read_said_instant(OtlpKey key, Instant& t);

  const Schema& schema_;
  std::string_view name_;
  SpanBatch& batch_;
  DecodeReport& report_;
  SpanBuilder builder_;
  std::unique_ptr<OtlpKeyTable> schema_keys_;  ///< Only when the schema has keys of its own.
  const OtlpKeyTable* keys_;
  std::vector<FieldDefaults> defaults_;
  std::vector<Source> sources_;
  bool any_declared_ = false;
  Fields pipeline_, job_, test_;
  AttributeSet resource_{0};
  AttributeSet own_{0};
  std::vector<Queue> queues_;
  std::vector<Run> runs_;
  bool saw_pipeline_or_sibling_ = false;
  DigestBuilder digest_;
  std::array<std::string, 4> number_texts_;  ///< What `text` gave out for the last integers.
  std::size_t next_number_text_ = 0;
  std::string repository_;
  std::vector<std::string_view> labels_;
  std::string label_text_;  ///< Of labels that are no part of the document.
};

/// OTLP's nanoseconds as microseconds, rounded to nearest.
inline Instant instant_of_ns(std::uint64_t ns) {
  return {static_cast<std::int64_t>(ns / 1000 + (ns % 1000 >= 500 ? 1 : 0))};
}

}  // namespace tidemark
