#pragma once
#include <string>
#include <string_view>

#include <tidemark/engine.hpp>

#include "decode/decode.hpp"
#include "decode/inflate.hpp"
#include "rollup/writer.hpp"

namespace tidemark {

/// One document on its way from bytes to durable spans: finds out its format, decodes it, writes it. NDJSON goes on line
/// by line in bounded memory; the other formats are gathered first, up to their limits.
/// One thread at a time; several may write to the same store.
class IngestStream {
 public:
  IngestStream(Store& store, Writer& writer, const IngestContext& context);

  /// A document that is all there, from beginning to end. It is not copied, unless it has to be inflated.
  IngestReport whole(std::string_view document);

  /// The next bytes, however they are cut; gzip is inflated.
  void feed(std::string_view bytes);
  /// The end. Everything accepted is durable when it returns.
  IngestReport finish();
  /// So far.
  const IngestReport& report() const { return report_; }

 private:
  void take(std::string_view inflated);
  void choose_format(std::string_view beginning);
  void decode(std::string_view document);
  void decode_junit_report(std::string_view document);
  void write(const std::optional<std::pair<Digest, meta::FirstReceipt>>& receipt = {});
  void reject(RejectReason reason, const std::string& message);

  Store& store_;
  Writer& writer_;
  const IngestContext& context_;
  DecodeContext decode_;
  InputFormat format_;
  std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<NdjsonReader> ndjson_;
  std::string head_;  ///< The first byte, until there is a second.
  std::string gathered_;
  bool started_ = false;
  bool refused_ = false;  ///< The rest of the document is not looked at.
  InflateResult inflated_ = InflateResult::done;
  SpanBatch batch_;
  IngestReport report_;
};

}  // namespace tidemark
