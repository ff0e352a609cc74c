#include "http/route.hpp"

namespace tidemark::http {

bool matches(std::string_view pattern, const std::vector<std::string>& path, PathValues& values) {
  values.clear();
  if (pattern.starts_with("**/")) return !path.empty() && path.back() == pattern.substr(3);
  std::size_t at = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // The slash.
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(part.size());
    if (part.ends_with("...}")) {
      values.insert(values.end(), path.begin() + static_cast<std::ptrdiff_t>(at), path.end());
      return true;
    }
    if (at == path.size()) return false;
    const std::string& segment = path[at++];
    if (part.starts_with('{')) {
      if (segment.empty()) return false;
      values.push_back(segment);
    } else if (part != segment) {
      return false;
    }
  }
  return at == path.size();
}

}  // namespace tidemark::http
