#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode.hpp"
#include "decode/fields.hpp"
#include "decode/json_tree.hpp"
#include "decode/source_fields.hpp"
#include "model/span_builder.hpp"

/// What the decoders of webhooks share: looking into a payload, and putting what it says into a span.
namespace tidemark {

/// An object of a payload, or nothing. Members that are null, or of another type than asked for, are absent; of a
/// repeated key the last one that is not null counts. Points into its tree.
/// Cost: a look-up is linear in the object's members.
class PayloadObject {
 public:
  PayloadObject() = default;
  PayloadObject(const JsonTree& tree, const JsonTree::Node& node);

  explicit operator bool() const { return node_ != nullptr; }
  PayloadObject object(std::string_view key) const;
  /// Empty when it is absent.
  std::string_view text(std::string_view key) const;
  /// A whole number or a text, as text: ids come as either.
  std::string_view id(std::string_view key) const;
  /// Any number, as it is written.
  std::string_view number(std::string_view key) const;
  bool is_true(std::string_view key) const;
  /// The texts of an array; empty ones and what is no text are left out.
  std::vector<std::string_view> texts(std::string_view key) const;
  /// The objects of an array.
  std::vector<PayloadObject> objects(std::string_view key) const;

 private:
  const JsonTree::Node* find(std::string_view key) const;
  const JsonTree* tree_ = nullptr;
  const JsonTree::Node* node_ = nullptr;
};

/// One payload on its way to spans: parses it, and builds one span after the other.
/// Ends before their starts are clamped to a length of 0 and counted: CI systems are known for them.
class WebhookReader {
 public:
  /// The name of `provider` is the first part of each identity.
  WebhookReader(Way provider, const DecodeContext& context, SpanBatch& batch, DecodeReport& report);

  /// The payload's object; nothing, and a rejection counted, when the bytes are anything but one JSON object.
  /// What it gives lives as long as `bytes` and this reader.
  PayloadObject parse(std::string_view bytes);

  const SourceFields& job() const { return job_; }
  const SourceFields& pipeline() const { return pipeline_; }
  DecodeReport& report() { return report_; }

  /// Begins a span, whose identity is (provider, instance, id, attempt). `kind` is the provider's word for it, for
  /// messages. False when the schema has no such source (counted as ignored) or there is no id (as missing_identity).
  bool begin(const SourceFields& fields, std::string_view kind, std::string_view instance, std::string_view id,
             std::string_view attempt = {});

  // Setters for the span that was begun. What is empty or absent is not set.
  void text(int field, std::string_view value);
  void labels(int field, const std::vector<std::string_view>& values);
  void instant(int field, std::optional<Instant> value);
  /// Also when it is empty: that is a result that nobody knows.
  void result(int field, std::string_view word);
  /// `branch`, and `default_branch` when that is known.
  void branch(const SourceFields& fields, std::string_view name, std::string_view default_name);
  /// What the provider calls the run that the span is of.
  void run(std::string_view id) { builder_.set_run(id); }
  void finish();

  /// A time as it is written. A text that is no instant makes the span that was begun `invalid_time`.
  std::optional<Instant> time(const PayloadObject& object, std::string_view key);

 private:
  void reject(RejectReason reason, const std::string& where, std::string message);

  std::string_view provider_;
  const DecodeContext& context_;
  SpanBatch& batch_;
  DecodeReport& report_;
  SpanBuilder builder_;
  SourceFields job_, pipeline_;
  std::vector<FieldDefaults> defaults_;  ///< By source.
  JsonTree tree_;
  DigestBuilder digest_;
  int source_ = -1;
  std::string where_;
};

/// `https://host/path` gives `host`: which of a provider's installations it is, for ids count from 1 in each.
std::string_view host_of(std::string_view url);

}  // namespace tidemark
