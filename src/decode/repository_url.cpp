#include "decode/repository_url.hpp"

namespace tidemark {
namespace {

/// What follows the host: `acme/api/actions/runs/1`.
std::string_view path_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
    const auto slash = url.find('/');
    return slash == std::string_view::npos ? std::string_view() : url.substr(slash + 1);
  }
  const auto colon = url.find(':');  // git@host:path
  return colon == std::string_view::npos || colon > url.find('/') ? std::string_view() : url.substr(colon + 1);
}

std::string_view cut_at(std::string_view text, std::string_view mark) { return text.substr(0, text.find(mark)); }

std::string_view repository_path(std::string_view path) {
  path = cut_at(cut_at(path, "?"), "#");
  for (const std::string_view api : {"api/v3/repos/", "repos/"})
    if (path.starts_with(api)) path.remove_prefix(api.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const auto slash = path.find('/');
  return slash == std::string_view::npos || slash + 1 == path.size() ? std::string_view() : path;
}

}  // namespace

std::string_view repository_in_run_url(std::string_view url) {
  const std::string_view path = path_of(url);
  for (const std::string_view mark : {"/-/", "/actions/"})
    if (path.find(mark) != std::string_view::npos) return repository_path(cut_at(path, mark));
  return {};
}

std::string_view run_in_url(std::string_view url) {
  for (const std::string_view mark : {"/actions/runs/", "/-/pipelines/"})
    if (const auto at = url.find(mark); at != std::string_view::npos) {
      const std::string_view rest = url.substr(at + mark.size());
      return rest.substr(0, rest.find_first_not_of("0123456789"));
    }
  return {};
}

std::string_view repository_in_url(std::string_view url) {
  const std::string_view of_run = repository_in_run_url(url);
  return of_run.empty() ? repository_path(path_of(url)) : of_run;
}

}  // namespace tidemark
