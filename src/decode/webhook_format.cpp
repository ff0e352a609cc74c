#include "decode/webhook_format.hpp"

#include <algorithm>

namespace tidemark {
namespace {

constexpr auto kEnd = std::string_view::npos;

/// The text that starts at the quote at `at`, with its escapes as they are; moves `at` behind it.
std::string_view quoted(std::string_view text, std::size_t& at) {
  const std::size_t begin = ++at;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  at = std::min(at, text.size());
  const std::string_view inside = text.substr(begin, at - begin);
  at = std::min(at + 1, text.size());
  return inside;
}

std::size_t after_space(std::string_view text, std::size_t at) { return text.find_first_not_of(" \t\r\n", at); }

/// Calls visit(key, first, text) for the members of the outermost object: the first character of the value, and the
/// value itself when it is a text.
template <typename Visit>
void each_member(std::string_view text, const Visit& visit) {
  int depth = 0;
  bool wants_key = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::string_view key = quoted(text, at);
      if (!wants_key || depth != 1) continue;
      wants_key = false;
      const std::size_t colon = after_space(text, at);
      if (colon == kEnd || text[colon] != ':') return;
      std::size_t value = after_space(text, colon + 1);
      at = colon + 1;
      if (value == kEnd) return;
      const char first = text[value];
      visit(key, first, first == '"' ? quoted(text, value) : std::string_view());
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth == 0 && c == '}') return;
    if (depth == 1 && (c == '{' || c == ',')) wants_key = true;
    ++at;
  }
}

}  // namespace

std::optional<InputFormat> webhook_format(std::string_view prefix) {
  bool source = false, action = false, known_object = false, zen = false, hook = false, object_kind = false;
  bool buildkite_event = false;
  each_member(prefix, [&](std::string_view key, char first, std::string_view text) {
    source |= key == "source";
    action |= key == "action" && first == '"';
    // What the event is about may come behind these, which are long.
    for (const std::string_view object :
         {"workflow_job", "workflow_run", "workflow", "repository", "organization", "enterprise", "sender"})
      known_object |= key == object && first == '{';
    zen |= key == "zen";
    hook |= key == "hook_id";
    object_kind |= key == "object_kind";
    buildkite_event |= key == "event" && (text.starts_with("job.") || text.starts_with("build."));
  });
  if (source) return std::nullopt;
  if ((action && known_object) || (zen && hook)) return InputFormat::github;
  if (object_kind) return InputFormat::gitlab;
  if (buildkite_event) return InputFormat::buildkite;
  return std::nullopt;
}

}  // namespace tidemark
