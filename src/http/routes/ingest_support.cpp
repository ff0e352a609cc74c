#include <algorithm>

#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"
#include "model/text.hpp"
#include "render/ingest_report.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kMaxValueBytes = 1024;

struct MediaType {
  std::string_view media, word;
};
constexpr MediaType kMediaTypes[] = {{"application/json", "json"},
                                     {"text/csv", "csv"},
                                     {"application/x-ndjson", "ndjson"},
                                     {"application/ndjson", "ndjson"},
                                     {"text/plain", "table"}};

/// The first of the media types that Accept names and that is one of the words.
std::string word_of_accept(std::string_view accept, const std::vector<std::string>& words) {
  while (!accept.empty()) {
    const std::string_view part = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(accept.size(), part.size() + 1));
    for (const auto& [media, word] : kMediaTypes)
      if (media_type(part) == media && std::find(words.begin(), words.end(), word) != words.end())
        return std::string(word);
  }
  return words.front();
}

}  // namespace

IngestContext context_for(Services& services, const std::string& route, InputFormat format) {
  IngestContext context;
  context.name = route;
  context.format = format;
  context.now = services.host.now();
  return context;
}

IngestReport take_in(Services& services, const std::string& route, const Request& request,
                     const IngestContext& context) {
  IngestReport report = services.host.engine().ingest(request.body, context);
  services.rejects.add(context.now, route, report.decode.rejections.examples());
  return report;
}

Response ingest_answer(const IngestReport& report) {
  IngestOutcome outcome;
  outcome.total = report;
  return Response::json(undecodable(report) ? 400 : 200, ingest_json(outcome).json());
}

std::map<std::string, std::string> defaults_of(const Target& target, const std::vector<std::string>& reserved) {
  std::map<std::string, std::string> defaults;
  for (const auto& [name, value] : target.parameters) {
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) continue;
    if (name.empty()) throw InputError("a parameter has no name; expected FIELD=VALUE");
    if (value.size() > kMaxValueBytes)
      throw InputError("the parameter '" + name + "' is longer than " + std::to_string(kMaxValueBytes) + " bytes");
    if (!defaults.emplace(name, value).second) throw InputError("the parameter '" + name + "' is there twice");
  }
  return defaults;
}

std::string wanted_format(const RequestHead& head, const std::vector<std::string>& words) {
  const auto format = head.target->find("format");
  if (!format) return word_of_accept(head.headers.find("Accept"), words);
  if (std::find(words.begin(), words.end(), *format) != words.end()) return *format;
  std::string known;
  for (const std::string& word : words) known += (known.empty() ? "" : ", ") + word;
  throw InputError("format: expected one of " + known + "; found '" + format->substr(0, 100) + "'");
}

}  // namespace tidemark::http
