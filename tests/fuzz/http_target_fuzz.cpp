#include <cstdint>
#include <cstdlib>

#include "http/browser_guard.hpp"
#include "http/page.hpp"
#include "http/target.hpp"

using namespace tidemark::http;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

/// The same target, written anew.
std::string written(const Target& target) {
  std::string text;
  for (const std::string& segment : target.path) text += '/' + encode_component(segment);
  if (text.empty()) text = "/";
  char before = '?';
  for (const auto& [name, value] : target.parameters) {
    text += before + encode_component(name) + '=' + encode_component(value);
    before = '&';
  }
  return text;
}

}  // namespace

/// What is read is within its bounds, and reads the same when it is written anew; the other readers of what clients send
/// take anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  decode_cursor(text);
  refuse_foreign_page(text.substr(0, size / 2), text.substr(size / 2), {"agent"});
  const auto target = parse_target(text);
  if (!target) return 0;
  must(target->path.size() <= kMaxPathSegments + 1 && target->parameters.size() <= kMaxParameters);
  const std::string again = written(*target);
  if (again.size() > kMaxTargetBytes) return 0;
  const auto second = parse_target(again);
  // An empty name without a value is left out when it is read, and one segment may be too many with the empty last one.
  if (second) must(second->path == target->path);
  return 0;
}
