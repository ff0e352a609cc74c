#include "cli/running_agent.hpp"

#include <charconv>

#include "agent/server_options.hpp"
#include "cli/common_options.hpp"
#include "decode/json_tree.hpp"
#include "http/target.hpp"

namespace tidemark::cli {

namespace {

constexpr const char* kOptionsOfOpening[] = {"now", "schema", "memory", "threads"};

/// The text members of a JSON object; those of other kinds are left out.
std::vector<std::pair<std::string, std::string>> texts_of(const JsonTree& json, const JsonTree::Node& object) {
  std::vector<std::pair<std::string, std::string>> texts;
  if (object.kind() != JsonTree::Kind::object) return texts;
  json.each_member(object, [&](std::string_view name, const JsonTree::Node& value) {
    if (value.kind() == JsonTree::Kind::string) texts.emplace_back(name, value.text());
  });
  return texts;
}

std::string text_of(const std::vector<std::pair<std::string, std::string>>& texts, std::string_view name) {
  for (const auto& [key, value] : texts)
    if (key == name) return value;
  return {};
}

const JsonTree::Node& parse(JsonTree& json, const std::string& text) {
  std::size_t used = 0;
  if (json.parse(text, used) != JsonTree::Status::ok) throw Error("the agent's answer is no JSON: " + json.message());
  return json.root();
}

/// A whole number of an object; 0 when it has none of that name.
std::uint64_t number_of(const JsonTree& json, const JsonTree::Node& object, std::string_view name) {
  std::uint64_t number = 0;
  if (object.kind() != JsonTree::Kind::object) return number;
  json.each_member(object, [&](std::string_view key, const JsonTree::Node& value) {
    const std::string_view digits = value.text();
    if (key == name && value.kind() == JsonTree::Kind::number)
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
  });
  return number;
}

std::string error_in(const http::ClientResponse& response) {
  JsonTree json;
  std::size_t used = 0;
  if (json.parse(response.body, used) == JsonTree::Status::ok) {
    const std::string message = text_of(texts_of(json, json.root()), "error");
    if (!message.empty()) return message;
  }
  return "it answered with status " + std::to_string(response.status);
}

}  // namespace

std::string query_text(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters)
    text += (text.empty() ? "?" : "&") + http::encode_component(name) + "=" + http::encode_component(value);
  return text;
}

RunningAgent::RunningAgent(const std::string& store) : store_(store), client_("unix:" + agent::socket_path(store)) {}

std::unique_ptr<RunningAgent> RunningAgent::find(const Arguments& arguments, Console& console) {
  const std::string store = store_path(arguments);
  std::unique_ptr<RunningAgent> found(new RunningAgent(store));
  bool answers = false;
  try {
    const auto health = found->client_.send({"GET", "/healthz", {}, {}});
    if (!health.ok()) throw Error("an agent runs on " + store + " and is busy: " + error_in(health));
    answers = true;
  } catch (const http::ConnectionError& e) {
    if (!e.refused()) throw Error("an agent runs on " + store + " and does not answer: " + e.what());
  }
  if (!quiet(arguments))
    console.message(answers ? "asking the agent that runs on " + store
                            : "no agent runs on " + store + "; opening it here");
  if (!answers) return nullptr;
  for (const char* option : kOptionsOfOpening)
    if (arguments.has(option))
      throw UsageError("--" + std::string(option) + " means nothing to the agent that runs on " + store +
                       "; leave it out, or stop the agent first");
  return found;
}

http::ClientResponse RunningAgent::send(const http::ClientRequest& request) {
  try {
    return client_.send(request);
  } catch (const http::ConnectionError& e) {
    throw Error("the agent that runs on " + store_ + " has gone: " + e.what());
  }
}

http::ClientResponse RunningAgent::ask(const http::ClientRequest& request) {
  const http::ClientResponse response = send(request);
  return response.ok() ? response : refuse(response);
}

http::ClientResponse RunningAgent::ingest(const std::string& target, std::string body) {
  const http::ClientResponse response = send({"POST", target, {}, std::move(body)});
  const bool is_report = response.status == 400 && response.body.find("\"accepted\"") != std::string::npos;
  return response.ok() || is_report ? response : refuse(response);
}

http::ClientResponse RunningAgent::refuse(const http::ClientResponse& response) const {
  const std::string message = "the agent that runs on " + store_ + ": " + error_in(response);
  if (response.status >= 400 && response.status < 500) throw InputError(message);
  throw Error(message);
}

std::string RunningAgent::run_job(const std::string& name) {
  const auto response = post("/api/v1/jobs/" + http::encode_component(name) + "/run", "");
  JsonTree json;
  const auto texts = texts_of(json, parse(json, response.body));
  const std::string error = text_of(texts, "last_error");
  if (!error.empty()) throw Error("the agent that runs on " + store_ + ": " + name + ": " + error);
  return text_of(texts, "last_result");
}

std::vector<std::pair<std::string, std::string>> RunningAgent::jobs() {
  const auto response = get("/api/v1/jobs?format=json");
  JsonTree json;
  std::vector<std::pair<std::string, std::string>> jobs;
  json.each_member(parse(json, response.body), [&](std::string_view name, const JsonTree::Node& value) {
    if (name != "jobs" || value.kind() != JsonTree::Kind::array) return;
    json.each_element(value, [&](const JsonTree::Node& job) {
      const auto texts = texts_of(json, job);
      jobs.emplace_back(text_of(texts, "name"), text_of(texts, "last_result"));
    });
  });
  return jobs;
}

std::uint64_t RunningAgent::put_table(const std::string& table, std::string document, TableFormat format, bool merge) {
  const std::string target = "/api/v1/tables/" + http::encode_component(table) + (merge ? "?merge=true" : "");
  const std::string type = format == TableFormat::csv ? "text/csv" : "application/x-ndjson";
  const auto response = ask({"PUT", target, {{"Content-Type", type}}, std::move(document)});
  JsonTree json;
  return number_of(json, parse(json, response.body), "rows");
}

std::vector<std::string> RunningAgent::views() {
  const auto response = get("/api/v1/views");
  JsonTree json;
  std::vector<std::string> names;
  json.each_member(parse(json, response.body), [&](std::string_view name, const JsonTree::Node& value) {
    if (name != "views" || value.kind() != JsonTree::Kind::array) return;
    json.each_element(value, [&](const JsonTree::Node& view) { names.push_back(text_of(texts_of(json, view), "name")); });
  });
  return names;
}

Refresh RunningAgent::refresh_view(const std::string& view) {
  const auto response = post("/api/v1/views/" + http::encode_component(view) + "/refresh", "");
  JsonTree json;
  const JsonTree::Node& root = parse(json, response.body);
  const auto texts = texts_of(json, root);
  Refresh attempt;
  attempt.view = view;
  attempt.by = text_of(texts, "by");
  attempt.started = parse_rfc3339(text_of(texts, "started_at")).value_or(Instant{});
  attempt.completed = parse_rfc3339(text_of(texts, "completed_at"));
  attempt.error = text_of(texts, "error");
  attempt.status = text_of(texts, "status") == name_of(Refresh::Status::success) ? Refresh::Status::success
                                                                                  : Refresh::Status::failed;
  attempt.id = number_of(json, root, "id");
  attempt.rows = number_of(json, root, "rows");
  return attempt;
}

}  // namespace tidemark::cli
