#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"

/// Documents that say by their path what they are: JUnit reports, NDJSON, and any file.
namespace tidemark::http {
namespace {

Route document_route(Services& services, const char* path) {
  Route route;
  route.name = path;
  route.pattern = path;
  route.method = Method::post;
  route.scope = Scope::ingest;
  route.lane = Lane::ingest;
  route.max_body = services.limits.body_bytes;
  route.writes = true;
  return route;
}

Response take_document(Services& services, const char* path, InputFormat format, const Request& request) {
  IngestContext context = context_for(services, path, format);
  context.defaults = defaults_of(*request.head.target);
  return ingest_answer(take_in(services, path, request, context));
}

InputFormat input_format(const Target& target) {
  struct Word {
    const char* word;
    InputFormat format;
  };
  static constexpr Word kWords[] = {
      {"auto", InputFormat::automatic},      {"ndjson", InputFormat::ndjson},
      {"otlp-json", InputFormat::otlp_json}, {"otlp-protobuf", InputFormat::otlp_protobuf},
      {"junit", InputFormat::junit},         {"github", InputFormat::github},
      {"buildkite", InputFormat::buildkite}, {"gitlab", InputFormat::gitlab}};
  const std::string wanted = target.find("format").value_or("auto");
  std::string known;
  for (const auto& [word, format] : kWords) {
    if (wanted == word) return format;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  throw InputError("format: expected one of " + known + "; found '" + wanted.substr(0, 100) + "'");
}

Response take_file(Services& services, const Request& request) {
  const Target& target = *request.head.target;
  IngestContext context = context_for(services, target.find("name").value_or("-"), input_format(target));
  context.backfill = flag_of(target, "backfill");
  for (const std::string& word : target.all("set")) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw InputError("set: expected FIELD=VALUE, found '" + word.substr(0, 100) + "'");
    context.defaults.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  return ingest_answer(take_in(services, "/api/v1/ingest", request, context));
}

}  // namespace

Route junit_route(Services& services) {
  Route route = document_route(services, "/v1/junit");
  route.handle = [&services](const Request& request, const PathValues&) {
    return take_document(services, "/v1/junit", InputFormat::junit, request);
  };
  return route;
}

Route spans_route(Services& services) {
  Route route = document_route(services, "/v1/spans");
  route.handle = [&services](const Request& request, const PathValues&) {
    return take_document(services, "/v1/spans", InputFormat::ndjson, request);
  };
  return route;
}

/// What `tidemark ingest` does, backfill included: hence for admins.
Route ingest_route(Services& services) {
  Route route = document_route(services, "/api/v1/ingest");
  route.scope = Scope::admin;
  route.handle = [&services](const Request& request, const PathValues&) { return take_file(services, request); };
  return route;
}

}  // namespace tidemark::http
