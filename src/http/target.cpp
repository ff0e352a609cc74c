#include "http/target.hpp"

#include <algorithm>

namespace tidemark::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

/// What stands before the next `separator`, which is taken off `text` with it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

bool parse_path(std::string_view text, Target& target) {
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  if (text.empty()) return true;
  const bool ends_in_slash = text.ends_with('/');
  while (!text.empty()) {
    auto segment = decode(next_part(text, '/'), false);
    if (!segment || *segment == "." || *segment == "..") return false;
    if (target.path.size() == kMaxPathSegments) return false;
    target.path.push_back(std::move(*segment));
  }
  if (ends_in_slash) target.path.emplace_back();
  return true;
}

bool parse_query(std::string_view text, Target& target) {
  while (!text.empty()) {
    std::string_view value = next_part(text, '&');
    if (value.empty()) continue;
    auto decoded_name = decode(next_part(value, '='), true);
    auto decoded_value = decode(value, true);
    if (!decoded_name || !decoded_value || target.parameters.size() == kMaxParameters) return false;
    target.parameters.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return true;
}

/// Without `http://host`, as a client that takes this server for a proxy sends it.
std::string_view without_authority(std::string_view text) {
  if (text.starts_with('/')) return text;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t path = text.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : text.substr(path);
}

}  // namespace

std::optional<std::string> Target::find(std::string_view name) const {
  for (auto it = parameters.rbegin(); it != parameters.rend(); ++it)
    if (it->first == name) return it->second;
  return std::nullopt;
}

std::vector<std::string> Target::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : parameters)
    if (key == name) values.push_back(value);
  return values;
}

std::optional<std::string> Target::find_other(std::initializer_list<std::string_view> names) const {
  for (const auto& [key, value] : parameters)
    if (std::find(names.begin(), names.end(), key) == names.end()) return key;
  return std::nullopt;
}

std::optional<Target> parse_target(std::string_view text) {
  if (text.size() > kMaxTargetBytes) return std::nullopt;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  text = without_authority(text.substr(0, text.find('#')));
  const std::size_t question = text.find('?');
  Target target;
  if (!parse_path(text.substr(0, question), target)) return std::nullopt;
  if (question != std::string_view::npos && !parse_query(text.substr(question + 1), target)) return std::nullopt;
  return target;
}

std::string encode_component(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace tidemark::http
