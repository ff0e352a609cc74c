#include "decode/webhook.hpp"

#include "decode/vendor_time.hpp"
#include "model/text.hpp"

namespace tidemark {

using Kind = JsonTree::Kind;
using Node = JsonTree::Node;

namespace {

/// A payload of GitLab's with ten thousand jobs has less than a million. Bounds memory to 32 MiB.
constexpr std::size_t kMaxPayloadValues = 2u << 20;

RejectReason reason_of(JsonTree::Status status) {
  switch (status) {
    case JsonTree::Status::too_deep: return RejectReason::too_deep;
    case JsonTree::Status::too_large: return RejectReason::too_large;
    default: return RejectReason::malformed;
  }
}

}  // namespace

PayloadObject::PayloadObject(const JsonTree& tree, const Node& node)
    : tree_(&tree), node_(node.kind() == Kind::object ? &node : nullptr) {}

const Node* PayloadObject::find(std::string_view key) const {
  if (!node_) return nullptr;
  const Node* found = nullptr;
  tree_->each_member(*node_, [&](std::string_view name, const Node& value) {
    if (name == key && value.kind() != Kind::null) found = &value;
  });
  return found;
}

PayloadObject PayloadObject::object(std::string_view key) const {
  const Node* node = find(key);
  return node ? PayloadObject(*tree_, *node) : PayloadObject();
}

std::string_view PayloadObject::text(std::string_view key) const {
  const Node* node = find(key);
  return node && node->kind() == Kind::string ? node->text() : std::string_view();
}

std::string_view PayloadObject::id(std::string_view key) const {
  const Node* node = find(key);
  if (!node) return {};
  const bool whole = node->kind() == Kind::number && is_integer_text(node->text());
  return whole || node->kind() == Kind::string ? node->text() : std::string_view();
}

std::string_view PayloadObject::number(std::string_view key) const {
  const Node* node = find(key);
  return node && node->kind() == Kind::number ? node->text() : std::string_view();
}

bool PayloadObject::is_true(std::string_view key) const {
  const Node* node = find(key);
  return node && node->kind() == Kind::yes;
}

std::vector<std::string_view> PayloadObject::texts(std::string_view key) const {
  std::vector<std::string_view> texts;
  const Node* array = find(key);
  if (array && array->kind() == Kind::array)
    tree_->each_element(*array, [&](const Node& node) {
      if (node.kind() == Kind::string && node.size != 0) texts.push_back(node.text());
    });
  return texts;
}

std::vector<PayloadObject> PayloadObject::objects(std::string_view key) const {
  std::vector<PayloadObject> objects;
  const Node* array = find(key);
  if (array && array->kind() == Kind::array)
    tree_->each_element(*array, [&](const Node& node) {
      if (const PayloadObject object(*tree_, node); object) objects.push_back(object);
    });
  return objects;
}

WebhookReader::WebhookReader(Way provider, const DecodeContext& context, SpanBatch& batch, DecodeReport& report)
    : provider_(name_of(provider)),
      context_(context),
      batch_(batch),
      report_(report),
      builder_(context.schema, batch, report, provider, SpanBuilder::NegativeDuration::clamp),
      job_(SourceFields::of(context.schema, "job")),
      pipeline_(SourceFields::of(context.schema, "pipeline")) {
  for (const SourceDef& source : context.schema.sources) defaults_.emplace_back(source, context.defaults);
}

PayloadObject WebhookReader::parse(std::string_view bytes) {
  const std::string where(context_.name);
  const auto refuse = [&](RejectReason reason, std::string message) {
    reject(reason, where, std::move(message));
    return PayloadObject();
  };
  if (bytes.size() > kMaxWebhookBytes)
    return refuse(RejectReason::too_large, "a webhook of " + std::to_string(bytes.size()) + " bytes; at most " +
                                               std::to_string(kMaxWebhookBytes) + " are taken");
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::size_t used = 0;
  const auto status = tree_.parse(bytes, used, kMaxPayloadValues);
  if (status != JsonTree::Status::ok) return refuse(reason_of(status), tree_.message());
  if (!trim(bytes.substr(used)).empty())
    return refuse(RejectReason::malformed,
                  "more after the payload, at byte " + std::to_string(used + 1) + "; expected one JSON object");
  if (tree_.root().kind() != Kind::object)
    return refuse(RejectReason::malformed,
                  "not a JSON object, which every webhook of " + std::string(provider_) + " is");
  return {tree_, tree_.root()};
}

bool WebhookReader::begin(const SourceFields& fields, std::string_view kind, std::string_view instance,
                          std::string_view id, std::string_view attempt) {
  if (fields.source < 0) {
    ++report_.ignored;
    return false;
  }
  where_.assign(context_.name).append(": ").append(kind).append(" ").append(id.substr(0, 64));
  if (!attempt.empty()) where_.append(" attempt ").append(attempt.substr(0, 64));
  if (id.empty()) {
    reject(RejectReason::missing_identity, where_, "expected its id");
    return false;
  }
  source_ = fields.source;
  const auto part = [](std::string_view text) { return text.empty() ? std::string_view("") : text; };  // not null
  builder_.begin(source_, digest_.add(provider_).add(part(instance)).add(id).add(part(attempt)));
  return true;
}

void WebhookReader::text(int field, std::string_view value) {
  if (field >= 0 && !value.empty()) builder_.set_text(field, value);
}

void WebhookReader::result(int field, std::string_view word) {
  if (field >= 0) builder_.set_text(field, word);
}

void WebhookReader::labels(int field, const std::vector<std::string_view>& values) {
  if (field >= 0 && !values.empty()) builder_.set_labels(field, values);
}

void WebhookReader::instant(int field, std::optional<Instant> value) {
  if (field >= 0 && value) builder_.set_instant(field, *value);
}

void WebhookReader::branch(const SourceFields& fields, std::string_view name, std::string_view default_name) {
  if (name.starts_with("refs/heads/")) name.remove_prefix(11);
  text(fields.branch, name);
  if (fields.default_branch >= 0 && !name.empty() && !default_name.empty())
    builder_.set_boolean(fields.default_branch, name == default_name);
}

void WebhookReader::finish() {
  defaults_[static_cast<std::size_t>(source_)].apply(builder_, batch_);
  builder_.finish(where_);
}

std::optional<Instant> WebhookReader::time(const PayloadObject& object, std::string_view key) {
  const std::string_view said = object.text(key);
  if (said.empty()) return std::nullopt;
  const auto instant = parse_vendor_time(said);
  if (!instant)
    builder_.fail(RejectReason::invalid_time, "\"" + std::string(key) + "\" is '" + std::string(said.substr(0, 64)) +
                                                  "'; expected an instant such as 2026-01-01T00:00:00Z");
  return instant;
}

void WebhookReader::reject(RejectReason reason, const std::string& where, std::string message) {
  report_.rejections.add(reason, where, std::move(message));
}

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

}  // namespace tidemark
