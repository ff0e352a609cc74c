#include <cstring>
#include <optional>

#include "decode/decode.hpp"
#include "decode/fields.hpp"
#include "decode/json_tree.hpp"
#include "model/span_builder.hpp"

namespace tidemark {
namespace {

using Kind = JsonTree::Kind;

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::no:
    case Kind::yes: return "a boolean";
    case Kind::number: return "a number";
    case Kind::string: return "a text";
    case Kind::array: return "an array";
    case Kind::object: return "an object";
  }
  return "?";
}

std::string_view expected_for(FieldType type) {
  switch (type) {
    case FieldType::text:
    case FieldType::result: return "a text";
    case FieldType::labels: return "an array of texts";
    case FieldType::boolean: return "true or false";
    case FieldType::instant: return "an RFC 3339 instant such as \"2026-01-01T00:00:04.5Z\"";
    case FieldType::duration: return "a number of seconds";
    case FieldType::number: return "a number";
  }
  return "?";
}

/// One line's JSON into one span.
class LineDecoder {
 public:
  explicit LineDecoder(const DecodeContext& context) : schema_(context.schema) {
    for (const SourceDef& source : schema_.sources) defaults_.emplace_back(source, context.defaults);
  }

  void decode(std::string_view line, std::string_view where, SpanBuilder& builder, SpanBatch& batch,
              DecodeReport& report) {
    std::size_t used = 0;
    const auto status = tree_.parse(line, used);
    if (status != JsonTree::Status::ok)
      return report.rejections.add(reason_of(status), std::string(where), tree_.message());
    if (used < line.size())
      return malformed(
          report, where,
          "more after the JSON object, at byte " + std::to_string(used + 1) + "; expected one object a line");
    if (tree_.root().kind() != Kind::object)
      return malformed(report, where, "found " + std::string(describe(tree_.root().kind())) + ", expected an object");
    decode_object(where, builder, batch, report);
  }

 private:
  static RejectReason reason_of(JsonTree::Status status) {
    if (status == JsonTree::Status::too_deep) return RejectReason::too_deep;
    return status == JsonTree::Status::too_large ? RejectReason::too_large : RejectReason::malformed;
  }
  static void malformed(DecodeReport& report, std::string_view where, std::string message) {
    report.rejections.add(RejectReason::malformed, std::string(where), std::move(message));
  }

  void decode_object(std::string_view where, SpanBuilder& builder, SpanBatch& batch, DecodeReport& report) {
    const JsonTree::Node* source_node = nullptr;
    const JsonTree::Node* id_node = nullptr;
    tree_.each_member(tree_.root(), [&](std::string_view key, const JsonTree::Node& value) {
      if (key == "source") source_node = &value;
      if (key == "id") id_node = &value;
    });
    const auto source = source_of(source_node, where, report);
    if (!source) return;
    if (!identify(id_node, where, report)) return;
    builder.begin(*source, digest_);
    const SourceDef& def = schema_.sources[static_cast<std::size_t>(*source)];
    tree_.each_member(tree_.root(), [&](std::string_view key, const JsonTree::Node& value) {
      const int field = def.field_index(key);
      if (field >= 0 && value.kind() != Kind::null) set(builder, def, field, value);
    });
    if (builder.wants_run()) set_run(builder);
    defaults_[static_cast<std::size_t>(*source)].apply(builder, batch);
    builder.finish(where);
  }

  void set_run(SpanBuilder& builder) {
    tree_.each_member(tree_.root(), [&](std::string_view key, const JsonTree::Node& value) {
      const bool usable =
          value.kind() == Kind::string || (value.kind() == Kind::number && is_integer_text(value.text()));
      if (key == "run" && usable) builder.set_run(value.text());
    });
  }

  std::optional<int> source_of(const JsonTree::Node* node, std::string_view where, DecodeReport& report) const {
    const auto reject = [&](RejectReason reason, std::string message) {
      report.rejections.add(reason, std::string(where), std::move(message));
      return std::nullopt;
    };
    if (!node || node->kind() == Kind::null)
      return reject(RejectReason::missing_field, "no \"source\"; expected the name of one, such as \"job\"");
    if (node->kind() != Kind::string)
      return reject(RejectReason::wrong_type,
                    "\"source\" is " + std::string(describe(node->kind())) + ", expected a text");
    const int source = schema_.source_index(node->text());
    if (source < 0) return reject(RejectReason::unknown_source, unknown_source(node->text()));
    return source;
  }

  std::string unknown_source(std::string_view name) const {
    std::string message = "the schema has no source '" + std::string(name.substr(0, 64)) + "'; it has ";
    for (std::size_t i = 0; i < schema_.sources.size(); ++i) message += (i ? ", " : "") + schema_.sources[i].name;
    return message;
  }

  /// Puts what the sender calls the span into `digest_`; false when it calls it nothing.
  bool identify(const JsonTree::Node* node, std::string_view where, DecodeReport& report) {
    const bool absent = !node || node->kind() == Kind::null || (node->kind() == Kind::string && node->size == 0);
    const bool usable =
        !absent && (node->kind() == Kind::string || (node->kind() == Kind::number && is_integer_text(node->text())));
    if (usable) {
      digest_.add("ndjson").add(node->text());
      return true;
    }
    if (absent)
      report.rejections.add(RejectReason::missing_identity, std::string(where),
                            "no \"id\"; expected a text or an integer that only this span of its source has");
    else
      report.rejections.add(RejectReason::wrong_type, std::string(where),
                            "\"id\" is " + std::string(describe(node->kind())) + ", expected a text or an integer");
    return false;
  }

  void set(SpanBuilder& builder, const SourceDef& source, int index, const JsonTree::Node& value) {
    const FieldDef& field = source.fields[static_cast<std::size_t>(index)];
    if (field.derived) return;  // its instants say it
    if (!set_as(builder, field.type, index, value))
      builder.fail(RejectReason::wrong_type, "\"" + field.name + "\" is " + std::string(describe(value.kind())) +
                                                 ", expected " + std::string(expected_for(field.type)));
  }

  /// False when the value is not of the type.
  bool set_as(SpanBuilder& builder, FieldType type, int field, const JsonTree::Node& value) {
    const Kind kind = value.kind();
    switch (type) {
      case FieldType::text:
      case FieldType::result:
        if (kind != Kind::string) return false;
        builder.set_text(field, value.text());
        return true;
      case FieldType::labels: return set_labels(builder, field, value);
      case FieldType::boolean:
        if (kind != Kind::yes && kind != Kind::no) return false;
        builder.set_boolean(field, kind == Kind::yes);
        return true;
      case FieldType::instant:
        if (kind != Kind::string) return false;
        if (const auto t = parse_rfc3339(value.text()))
          builder.set_instant(field, *t);
        else
          builder.fail(RejectReason::invalid_time,
                       "'" + std::string(value.text().substr(0, 64)) + "' is not " + std::string(expected_for(type)));
        return true;
      case FieldType::duration:
      case FieldType::number:
        return (kind == Kind::number || kind == Kind::string) && builder.set_decimal(field, value.text());
    }
    return false;
  }

  bool set_labels(SpanBuilder& builder, int field, const JsonTree::Node& value) {
    if (value.kind() != Kind::array) return false;
    bool all_texts = true;
    labels_.clear();
    tree_.each_element(value, [&](const JsonTree::Node& label) {
      if (label.kind() != Kind::string) all_texts = false;
      labels_.push_back(label.text());
    });
    if (all_texts) builder.set_labels(field, labels_);
    return all_texts;
  }

  const Schema& schema_;
  std::vector<FieldDefaults> defaults_;
  JsonTree tree_;
  DigestBuilder digest_;
  std::vector<std::string_view> labels_;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

class NdjsonReader::Impl {
 public:
  explicit Impl(const DecodeContext& context) : schema_(context.schema), name_(context.name), decoder_(context) {}

  void feed(std::string_view chunk, SpanBatch& batch, DecodeReport& report) {
    SpanBuilder builder(schema_, batch, report, Way::ndjson);
    while (!chunk.empty()) {
      const void* newline = std::memchr(chunk.data(), '\n', chunk.size());
      if (!newline) return keep(chunk, report);
      const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - chunk.data());
      if (skipping_)
        skipping_ = false;  // the end of the line that was too long
      else if (pending_.empty())
        line(chunk.substr(0, size), builder, batch, report);
      else if (keep(chunk.substr(0, size), report); !skipping_)
        line(pending_, builder, batch, report);
      skipping_ = false;
      pending_.clear();
      ++lines_;
      chunk.remove_prefix(size + 1);
    }
  }

  void finish(SpanBatch& batch, DecodeReport& report) {
    SpanBuilder builder(schema_, batch, report, Way::ndjson);
    if (!pending_.empty()) line(pending_, builder, batch, report);
    if (!pending_.empty() || skipping_) ++lines_;
    pending_.clear();
    skipping_ = false;
  }

  std::uint64_t lines() const { return lines_; }

 private:
  /// Holds the beginning of a line, up to the limit.
  void keep(std::string_view piece, DecodeReport& report) {
    if (skipping_) return;
    if (pending_.size() + piece.size() <= kMaxLineBytes) {
      pending_.append(piece);
      return;
    }
    too_large(report);
    skipping_ = true;
    pending_ = std::string();
  }

  void too_large(DecodeReport& report) {
    report.rejections.add(RejectReason::too_large, std::string(where_line(where_, name_, lines_ + 1)),
                          "the line is longer than " + std::to_string(kMaxLineBytes) + " bytes; it was skipped");
  }

  void line(std::string_view text, SpanBuilder& builder, SpanBatch& batch, DecodeReport& report) {
    if (text.size() > kMaxLineBytes) return too_large(report);
    if (lines_ == 0 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (is_blank(text)) return;
    decoder_.decode(text, where_line(where_, name_, lines_ + 1), builder, batch, report);
  }

  const Schema& schema_;
  std::string name_;
  LineDecoder decoder_;
  std::string pending_;
  std::string where_;
  std::uint64_t lines_ = 0;
  bool skipping_ = false;
};

NdjsonReader::NdjsonReader(const DecodeContext& context) : impl_(std::make_unique<Impl>(context)) {}
NdjsonReader::~NdjsonReader() = default;

void NdjsonReader::feed(std::string_view chunk, SpanBatch& batch, DecodeReport& report) {
  impl_->feed(chunk, batch, report);
}
void NdjsonReader::finish(SpanBatch& batch, DecodeReport& report) { impl_->finish(batch, report); }
std::uint64_t NdjsonReader::lines() const { return impl_->lines(); }

void decode_ndjson(std::string_view bytes, const DecodeContext& context, SpanBatch& batch, DecodeReport& report) {
  NdjsonReader reader(context);
  reader.feed(bytes, batch, report);
  reader.finish(batch, report);
}

}  // namespace tidemark
