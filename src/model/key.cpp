#include "model/key.hpp"

#include <algorithm>

#include "model/bytes.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

constexpr char kTextTag = 't';
constexpr char kSetTag = 's';

std::vector<std::string> take_labels(ByteReader& in) {
  std::vector<std::string> labels(in.count());
  for (std::string& label : labels) label = in.text();
  return labels;
}

}  // namespace

std::string escape_other(std::string_view value) {
  const std::size_t first = value.find_first_not_of('\\');
  const bool clashes = first != std::string_view::npos && value.substr(first) == kOther;
  return clashes ? "\\" + std::string(value) : std::string(value);
}

std::string canonical_labels(std::vector<std::string_view>& labels, std::size_t at_most) {
  for (std::string_view& label : labels) label = trim(label);
  std::erase_if(labels, [](std::string_view label) { return label.empty(); });
  // char_traits<char> compares as unsigned bytes.
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const std::size_t count = std::min(labels.size(), at_most);
  std::string out;
  put_varint(out, count);
  for (std::size_t i = 0; i < count; ++i) put_text(out, labels[i]);
  return out;
}

std::string canonical_labels(const std::vector<std::string>& labels) {
  std::vector<std::string_view> views(labels.begin(), labels.end());
  return canonical_labels(views);
}

std::vector<std::string> parse_labels(std::string_view canonical) {
  ByteReader in(canonical);
  return take_labels(in);
}

std::string canonical_key(const std::vector<DimensionValue>& values) {
  std::string out;
  for (const DimensionValue& value : values) {
    if (value.is_set)
      append_key_labels(out, canonical_labels(value.labels));
    else
      append_key_text(out, value.text);
  }
  return out;
}

void append_key_text(std::string& key, std::string_view text) {
  key.push_back(kTextTag);
  put_text(key, text);
}

void append_key_labels(std::string& key, std::string_view canonical_labels) {
  key.push_back(kSetTag);
  key.append(canonical_labels);
}

std::string_view first_of_key(std::string_view canonical) {
  ByteReader in(canonical);
  const bool is_set = in.u8() == static_cast<std::uint8_t>(kSetTag);
  for (std::size_t texts = is_set ? in.count() : 1; texts > 0; --texts) in.text();
  return canonical.substr(0, canonical.size() - in.left());
}

std::vector<DimensionValue> parse_key(std::string_view canonical) {
  ByteReader in(canonical);
  std::vector<DimensionValue> values;
  while (!in.at_end()) {
    DimensionValue value;
    value.is_set = in.u8() == static_cast<std::uint8_t>(kSetTag);
    if (value.is_set)
      value.labels = take_labels(in);
    else
      value.text = in.text();
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace tidemark
