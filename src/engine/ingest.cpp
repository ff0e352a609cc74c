#include "engine/ingest.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

/// Lines are written in commits of about this many spans: large enough to share a sync, small enough to stay in cache.
constexpr std::size_t kSpansPerCommit = 5000;
/// What it takes to tell gzip.
constexpr std::size_t kMagicBytes = 2;

}  // namespace

IngestStream::IngestStream(Store& store, Writer& writer, const IngestContext& context)
    : store_(store),
      writer_(writer),
      context_(context),
      decode_{store.schema(), context.name, context.now, context.defaults},
      format_(context.format) {}

IngestReport IngestStream::whole(std::string_view document) {
  const bool as_it_is = !is_gzip(document) && document.size() <= kMaxDocumentBytes;
  if (as_it_is) choose_format(document);
  if (!as_it_is || format_ == InputFormat::ndjson) {
    feed(document);
    return finish();
  }
  decode(document);
  writer_.count(report_);
  return report_;
}

void IngestStream::feed(std::string_view bytes) {
  if (refused_ || bytes.empty()) return;
  if (!started_ && bytes.size() + head_.size() < kMagicBytes) {
    head_ += bytes;
    return;
  }
  if (!head_.empty()) {
    const std::string whole = std::exchange(head_, {}) + std::string(bytes);
    return feed(whole);
  }
  if (!started_ && is_gzip(bytes)) inflater_ = std::make_unique<Inflater>(kMaxDocumentBytes);
  started_ = true;
  if (!inflater_) return take(bytes);
  inflated_ = inflater_->feed(bytes, [&](std::string_view piece) { take(piece); });
  if (inflated_ == InflateResult::too_large)
    reject(RejectReason::too_large, "inflates to more than " + std::to_string(kMaxDocumentBytes) + " bytes");
  if (inflated_ == InflateResult::malformed) reject(RejectReason::malformed, "damaged gzip");
}

void IngestStream::take(std::string_view inflated) {
  if (refused_) return;
  if (!ndjson_) {
    if (gathered_.size() + inflated.size() > kMaxDocumentBytes)
      return reject(RejectReason::too_large, "larger than " + std::to_string(kMaxDocumentBytes) + " bytes");
    gathered_.append(inflated);
    if (format_ == InputFormat::automatic && gathered_.size() < kDetectBytes) return;
    choose_format(gathered_);
    if (!ndjson_) return;
    std::string first;
    first.swap(gathered_);
    ndjson_->feed(first, batch_, report_.decode);
  } else {
    ndjson_->feed(inflated, batch_, report_.decode);
  }
  if (batch_.size() >= kSpansPerCommit) write();
}

void IngestStream::choose_format(std::string_view beginning) {
  if (format_ == InputFormat::automatic) format_ = detect_format(beginning.substr(0, kDetectBytes), context_.name);
  if (format_ == InputFormat::ndjson && !ndjson_) ndjson_ = std::make_unique<NdjsonReader>(decode_);
}

IngestReport IngestStream::finish() {
  if (!head_.empty()) take(std::exchange(head_, {}));
  if (inflater_ && inflated_ != InflateResult::done && !refused_) reject(RejectReason::malformed, "the gzip data is cut off");
  if (!refused_ || ndjson_) {
    choose_format(gathered_);
    if (ndjson_) {
      if (!gathered_.empty()) ndjson_->feed(gathered_, batch_, report_.decode);
      ndjson_->finish(batch_, report_.decode);
      write();
    } else {
      decode(gathered_);
    }
  }
  writer_.count(report_);
  return report_;
}

void IngestStream::decode(std::string_view document) {
  if (format_ == InputFormat::junit) return decode_junit_report(document);
  decode_document(document, format_, decode_, batch_, report_.decode);
  write();
}

/// A report without absolute times takes them from when it first came, so that the same report is the same spans.
void IngestStream::decode_junit_report(std::string_view document) {
  const Digest digest = junit_report_digest(document, context_.defaults);
  meta::FirstReceipt receipt{context_.now, context_.now};
  const auto earlier = meta::load_receipt(store_.kv(), digest);
  if (earlier && earlier->until >= context_.now) receipt.at = earlier->at;
  decode_.received_at = receipt.at;
  decode_junit(document, decode_, batch_, report_.decode);
  const int test = store_.schema().source_index("test");
  if (test >= 0)
    receipt.until = context_.now + store_.schema().sources[static_cast<std::size_t>(test)].identity_retention;
  write(std::pair{digest, receipt});
}

void IngestStream::write(const std::optional<std::pair<Digest, meta::FirstReceipt>>& receipt) {
  if (batch_.empty()) return;
  WriteRequest request;
  request.batch = &batch_;
  request.now = context_.now;
  request.backfill = context_.backfill;
  request.receipt = receipt;
  for (request.begin = 0; request.begin < batch_.size(); request.begin = request.end) {
    request.end = std::min(request.begin + kSpansPerCommit, batch_.size());
    report_.merge(writer_.write(request));
  }
  batch_ = SpanBatch();
}

void IngestStream::reject(RejectReason reason, const std::string& message) {
  refused_ = true;
  gathered_.clear();
  report_.decode.rejections.add(reason, context_.name, message);
}

}  // namespace tidemark
