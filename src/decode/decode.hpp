#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <tidemark/engine.hpp>
#include <tidemark/outcome.hpp>
#include <tidemark/time.hpp>

#include "model/digest.hpp"
#include "model/schema.hpp"
#include "model/span_batch.hpp"

/// Bytes from outside become spans. Everything here is pure: no I/O, no clock, no threads; bad input never throws.
/// Each decoder appends what it accepts to a SpanBatch and counts the rest in a DecodeReport, with where and why.
namespace tidemark {

/// The longest NDJSON line. Longer ones are skipped without being held in memory.
inline constexpr std::size_t kMaxLineBytes = 1u << 20;
/// The largest OTLP export, as the OTLP specification recommends, after decompression.
inline constexpr std::size_t kMaxOtlpBytes = 64u << 20;
/// The largest payload of a webhook: what GitHub and GitLab send at most.
inline constexpr std::size_t kMaxWebhookBytes = 25u << 20;
/// The largest JUnit report.
inline constexpr std::size_t kMaxJunitBytes = 64u << 20;
/// The most that one compressed document may inflate to; also `Engine::ingest`'s limit.
inline constexpr std::size_t kMaxDocumentBytes = 256u << 20;
/// How deep JSON may nest; OTLP needs 12 or so.
inline constexpr std::size_t kMaxJsonDepth = 32;
/// How deep XML elements may nest.
inline constexpr std::size_t kMaxXmlDepth = 64;
/// Test cases of one report; more are rejected as too_large, each counted.
inline constexpr std::uint64_t kMaxJunitCases = 1'000'000;
/// How many bytes detect_format wants to see; more do not help.
inline constexpr std::size_t kDetectBytes = 4096;

/// What a document does not say of itself.
struct DecodeContext {
  const Schema& schema;
  std::string_view name = "-";  ///< The file's name, for messages.
  /// When it came. Only JUnit uses it, for cases without absolute times: give the time at which the same report
  /// (junit_report_digest) came first, so that an upload that is repeated gives the same spans.
  Instant received_at;
  /// Values of fields, by name, for the spans that leave them out. A boolean's is `true` or `false`; `default_branch`
  /// may also name that branch, and is then compared with the span's `branch`. `run` is no field: it makes two identical
  /// JUnit reports of different runs different.
  std::map<std::string, std::string> defaults;
};

/// Which format this is, from the first kDetectBytes of it (inflated ones, see inflate.hpp) and the file's name.
/// Never `automatic`: what can't be told is taken for NDJSON, whose errors name lines.
InputFormat detect_format(std::string_view prefix, std::string_view name);

/// One span a line; docs/inputs.md, "NDJSON". Lines end in `\n` or `\r\n`; empty ones are skipped.
/// Fields are named as the schema declares them; `source` and `id` (a string or an integer) are required. Unknown fields
/// are ignored, so that senders may be newer than the schema; null is the same as absent. Instants are RFC 3339.
/// Durations (in seconds) and numbers are JSON numbers or the same as text, and are never read through binary floating
/// point. Feed it chunks of any size; how they are cut does not matter. Memory is bounded by kMaxLineBytes.
class NdjsonReader {
 public:
  explicit NdjsonReader(const DecodeContext& context);
  NdjsonReader(const NdjsonReader&) = delete;
  NdjsonReader& operator=(const NdjsonReader&) = delete;
  ~NdjsonReader();

  /// Decodes the lines that the chunk completes. `batch` and `report` may be others at every call.
  void feed(std::string_view chunk, SpanBatch& batch, DecodeReport& report);
  /// The end of the stream: decodes a last line that has no newline.
  void finish(SpanBatch& batch, DecodeReport& report);
  /// Lines ended so far, empty ones included.
  std::uint64_t lines() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole NDJSON document at once.
void decode_ndjson(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// An OTLP ExportTraceServiceRequest (or TracesData, which has the same form) in protobuf. Mapped to the sources
/// `pipeline`, `job` and `test` and to users' sources as docs/inputs.md, "OTLP", says. A span's identity is its
/// (trace id, span id). Spans before a damaged place are kept.
void decode_otlp_protobuf(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// The same in OTLP's JSON, with the same result. Several documents may follow each other, as the Collector's file
/// exporter writes them (one a line); a bad one ends the decoding, those before it are kept.
void decode_otlp_json(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// A JUnit report: every `testcase` becomes a span of the source `test`; docs/inputs.md, "JUnit".
/// test: the case's `name`.
/// suite: the case's `classname`, unless it says nothing (empty, equal to the name as ctest and jest-junit write it, or
///   `test`, which Node writes for every case): then the names of the `testsuite`s around it joined by ` > `; without
///   any, its `file`; else the `classname` as it is; else the default of `suite`.
/// result: the worst of its outcomes (error, failure, skip); without an outcome, what `status` or `result` say; else
///   success. Cases are counted one by one; the suites' own counts are often wrong and never read.
/// Times: the case's own absolute timestamp, else its nearest suite's, is when it started; it ended `time` later. Without
///   one (naive times are local to a machine that nobody knows) it ended at `received_at`. Without a usable `time`
///   (missing, empty, negative: the last counted as a dropped attribute) it has an end only, and its duration is NULL.
/// Identity: the digest of (junit_report_digest, the names of the suites around it, classname, name, how many cases with
///   all these came before it), so that the same report again gives the same identities.
void decode_junit(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// What makes two uploads the same report: its bytes and the defaults.
Digest junit_report_digest(std::string_view bytes, const std::map<std::string, std::string>& defaults);

/// A payload of GitHub's webhooks. `workflow_job` with action `completed` becomes a span of the source `job`,
/// `workflow_run` of `pipeline`; every other event and action is ignored and counted. Which event it is is told from the
/// payload, so one that was stored can be read from a file. docs/semantics.md, "Webhooks".
/// Identity: (`github`, host, id, attempt), so every delivery of an event is the same span.
void decode_github(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// The same of Buildkite's: `job.finished` and `build.finished`. Identity: (`buildkite`, id).
void decode_buildkite(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// The same of GitLab's: Job Hook, and Pipeline Hook with the jobs that it lists. Identity: (`gitlab`, host, id).
void decode_gitlab(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

/// Any format, `automatic` included; inflates gzip first. NDJSON of any length is better fed to an NdjsonReader.
void decode_document(std::string_view bytes, InputFormat format, const DecodeContext& context, SpanBatch& batch,
                     DecodeReport& report);

}  // namespace tidemark
