#include "decode/fields.hpp"

#include <charconv>

#include "model/text.hpp"

namespace tidemark {

FieldDefaults::FieldDefaults(const SourceDef& source, const std::map<std::string, std::string>& defaults) {
  const auto text_field = [&](std::string_view name) {
    const int i = source.field_index(name);
    return i >= 0 && source.fields[static_cast<std::size_t>(i)].type == FieldType::text ? i : -1;
  };
  owner_ = text_field("owner");
  repository_ = text_field("repository");
  branch_ = text_field("branch");
  for (const auto& [name, text] : defaults) {
    if (name == "run") run_ = text;
    const int i = source.field_index(name);
    if (i < 0) continue;
    const FieldDef& field = source.fields[static_cast<std::size_t>(i)];
    if (field.derived) continue;
    const bool is_flag = field.type == FieldType::boolean;
    if (is_flag && name == "default_branch" && text != "true" && text != "false") {
      default_branch_ = i;
      default_branch_name_ = text;
      continue;
    }
    Default value{i, field.type, text, {}};
    if (field.type == FieldType::labels) {
      std::vector<std::string_view> labels;
      split_labels(text, labels);
      value.labels.assign(labels.begin(), labels.end());
    }
    defaults_.push_back(std::move(value));
  }
}

void FieldDefaults::set(SpanBuilder& builder, const Default& value) const {
  bool valid = true;
  switch (value.type) {
    case FieldType::text:
    case FieldType::result: builder.set_text(value.field, value.text); break;
    case FieldType::labels: builder.set_labels(value.field, value.labels); break;
    case FieldType::boolean:
      valid = value.text == "true" || value.text == "false";
      if (valid) builder.set_boolean(value.field, value.text == "true");
      break;
    case FieldType::instant:
      if (const auto t = parse_rfc3339(value.text))
        builder.set_instant(value.field, *t);
      else
        valid = false;
      break;
    case FieldType::duration:
    case FieldType::number: valid = builder.set_decimal(value.field, value.text); break;
  }
  if (!valid)
    builder.fail(RejectReason::wrong_type,
                 "the default '" + value.text + "' is no " + std::string(name_of(value.type)));
}

void FieldDefaults::apply(SpanBuilder& builder, const SpanBatch& batch) const {
  if (!run_.empty()) builder.set_run(run_);
  for (const Default& value : defaults_)
    if (!builder.has(value.field)) set(builder, value);
  if (default_branch_ >= 0 && branch_ >= 0 && !builder.has(default_branch_))
    if (const auto branch = builder.get(branch_))
      builder.set_boolean(default_branch_, batch.texts[*branch] == default_branch_name_);
  if (owner_ >= 0 && repository_ >= 0 && !builder.has(owner_))
    if (const auto id = builder.get(repository_)) {
      const std::string_view repository = batch.texts[*id];
      const auto slash = repository.find('/');
      if (slash != std::string_view::npos && slash > 0) builder.set_text(owner_, repository.substr(0, slash));
    }
}

void split_labels(std::string_view text, std::vector<std::string_view>& labels) {
  labels.clear();
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view label = trim(text.substr(0, comma));
    if (!label.empty()) labels.emplace_back(label);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
}

std::string_view where_line(std::string& buffer, std::string_view name, std::uint64_t line) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, line).ptr;
  buffer.assign(name);
  buffer.push_back(':');
  buffer.append(digits, end);
  return buffer;
}

}  // namespace tidemark
