#include "cli/remote_ingest.hpp"

#include <algorithm>
#include <charconv>

#include "decode/decode.hpp"
#include "decode/inflate.hpp"
#include "decode/json_tree.hpp"

namespace tidemark::cli {

namespace {

constexpr const char* kNdjson = "ndjson";
constexpr std::size_t kReadBytes = 256u << 10;
/// NDJSON is sent in pieces of about this size.
constexpr std::size_t kPieceBytes = 2u << 20;

struct Counter {
  std::string_view name;
  std::uint64_t* value;
};

std::uint64_t number_of(const JsonTree::Node& node) {
  std::uint64_t n = 0;
  const std::string_view text = node.text();
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::optional<RejectReason> reason_of(std::string_view name) {
  for (std::size_t i = 0; i < kRejectReasons; ++i)
    if (name_of(static_cast<RejectReason>(i)) == name) return static_cast<RejectReason>(i);
  return std::nullopt;
}

/// `jobs.ndjson:17` becomes `jobs.ndjson:1017` when the piece began behind a thousand lines.
std::string whole_place(std::string where, const std::string& name, std::uint64_t lines_before) {
  if (lines_before == 0 || !where.starts_with(name + ":")) return where;
  std::uint64_t line = 0;
  const char* const from = where.data() + name.size() + 1;
  const char* const last = where.data() + where.size();
  const auto [end, error] = std::from_chars(from, last, line);
  if (error != std::errc()) return where;
  return name + ":" + std::to_string(line + lines_before) + std::string(end, last);
}

/// An answer of the agent, as the report that it was made of.
class ReadReport {
 public:
  ReadReport(const std::string& body, const std::string& name, std::uint64_t lines_before)
      : name_(name), lines_before_(lines_before) {
    std::size_t used = 0;
    if (json_.parse(body, used) != JsonTree::Status::ok || json_.root().kind() != JsonTree::Kind::object)
      throw Error("the agent's answer is no JSON: " + json_.message());
    json_.each_member(json_.root(), [&](std::string_view key, const JsonTree::Node& value) { take(key, value); });
    for (std::size_t i = 0; i < kRejectReasons; ++i) {
      const auto reason = static_cast<RejectReason>(i);
      const std::uint64_t shown = report_.decode.rejections.of(reason);
      if (counts_.of(reason) > shown) report_.decode.rejections.count(reason, counts_.of(reason) - shown);
    }
  }
  const IngestReport& report() const { return report_; }

 private:
  void take(std::string_view key, const JsonTree::Node& value) {
    DecodeReport& decode = report_.decode;
    const Counter counters[] = {{"accepted", &report_.accepted},
                                {"duplicates", &report_.duplicates},
                                {"differing_duplicates", &report_.differing_duplicates},
                                {"ignored", &decode.ignored},
                                {"guarded", &report_.guarded},
                                {"sealed", &report_.sealed},
                                {"repaired_text", &decode.repaired_text},
                                {"cut_text", &decode.cut_text},
                                {"dropped_attributes", &decode.dropped_attributes},
                                {"unknown_results", &decode.unknown_results},
                                {"clamped_times", &decode.clamped_times},
                                {"missing_queue", &decode.missing_queue},
                                {"phantom_jobs", &decode.phantom_jobs},
                                {"resent_jobs", &decode.resent_jobs}};
    for (const Counter& counter : counters)
      if (counter.name == key) *counter.value = number_of(value);
    if (key == "rejected" && value.kind() == JsonTree::Kind::object)
      json_.each_member(value, [&](std::string_view name, const JsonTree::Node& n) {
        if (const auto reason = reason_of(name)) counts_.count(*reason, number_of(n));
      });
    if (key == "examples" && value.kind() == JsonTree::Kind::array)
      json_.each_element(value, [&](const JsonTree::Node& example) { take_example(example); });
  }

  void take_example(const JsonTree::Node& example) {
    Rejection rejection;
    if (example.kind() != JsonTree::Kind::object) return;
    json_.each_member(example, [&](std::string_view key, const JsonTree::Node& value) {
      if (key == "reason") rejection.reason = reason_of(value.text()).value_or(RejectReason::malformed);
      if (key == "where") rejection.where = value.text();
      if (key == "message") rejection.message = value.text();
    });
    report_.decode.rejections.add(rejection.reason, whole_place(std::move(rejection.where), name_, lines_before_),
                                  std::move(rejection.message));
  }

  const std::string& name_;
  std::uint64_t lines_before_;
  JsonTree json_;
  IngestReport report_;
  Rejections counts_;
};

class Sending {
 public:
  Sending(RunningAgent& agent, const IngestContext& context, const std::string& format)
      : agent_(agent), context_(context), format_(format) {}

  void feed(std::string_view bytes) {
    if (!started_) {
      head_ += bytes;
      if (head_.size() < 2) return;
      started_ = true;
      if (is_gzip(head_)) inflater_ = std::make_unique<Inflater>(kMaxDocumentBytes);
      return feed(std::exchange(head_, {}));
    }
    if (!inflater_) return take(bytes);
    inflated_ = inflater_->feed(bytes, [&](std::string_view piece) { take(piece); });
    if (inflated_ == InflateResult::too_large)
      throw InputError("inflates to more than " + std::to_string(kMaxDocumentBytes) + " bytes");
    if (inflated_ == InflateResult::malformed) throw InputError("damaged gzip");
  }

  IngestReport finish() {
    if (!started_) take(std::exchange(head_, {}));
    if (inflater_ && inflated_ != InflateResult::done) throw InputError("the gzip data is cut off");
    send(held_.size());
    return report_;
  }
  const IngestReport& report() const { return report_; }

 private:
  void take(std::string_view bytes) {
    held_ += bytes;
    if (held_.size() > kMaxDocumentBytes)
      throw InputError("larger than " + std::to_string(kMaxDocumentBytes) + " bytes");
    if (held_.size() < kPieceBytes) return;
    choose_format();
    if (format_ != kNdjson) return;
    const std::size_t newline = held_.rfind('\n');
    if (newline != std::string::npos) send(newline + 1);
  }

  /// Only NDJSON can be cut; it is told from the beginning, because a later piece may look like anything.
  void choose_format() {
    if (format_ != "auto" || chosen_) return;
    chosen_ = true;
    if (detect_format(std::string_view(held_).substr(0, kDetectBytes), context_.name) == InputFormat::ndjson)
      format_ = kNdjson;
  }

  /// The first `n` of the bytes that are held.
  void send(std::size_t n) {
    choose_format();
    std::vector<std::pair<std::string, std::string>> parameters = {{"name", context_.name}, {"format", format_}};
    if (context_.backfill) parameters.emplace_back("backfill", "true");
    for (const auto& [field, value] : context_.defaults) parameters.emplace_back("set", field + "=" + value);
    const std::string piece = held_.substr(0, n);
    held_.erase(0, n);
    const http::ClientResponse answer = agent_.ingest("/api/v1/ingest" + query_text(parameters), piece);
    report_.merge(ReadReport(answer.body, context_.name, lines_).report());
    lines_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  }

  RunningAgent& agent_;
  const IngestContext& context_;
  std::string format_;
  bool chosen_ = false;
  std::unique_ptr<Inflater> inflater_;
  InflateResult inflated_ = InflateResult::done;
  bool started_ = false;
  std::string head_;
  std::string held_;
  std::uint64_t lines_ = 0;
  IngestReport report_;
};

}  // namespace

IngestReport ingest_remotely(RunningAgent& agent, const Engine::ReadBytes& read, const IngestContext& context,
                             const std::string& format,
                             const std::function<void(std::uint64_t, const IngestReport&)>& progress) {
  Sending sending(agent, context, format);
  std::string buffer(kReadBytes, '\0');
  std::uint64_t bytes = 0;
  while (const std::size_t n = read(buffer.data(), buffer.size())) {
    sending.feed(std::string_view(buffer).substr(0, n));
    bytes += n;
    if (progress) progress(bytes, sending.report());
  }
  return sending.finish();
}

}  // namespace tidemark::cli
