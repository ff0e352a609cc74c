#include "cli/running_agent.hpp"

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

std::string RunningAgent::run_loop(const std::string& name) {
  const auto response = post("/api/v1/loops/" + http::encode_component(name) + "/run", "");
  JsonTree json;
  const auto texts = texts_of(json, parse(json, response.body));
  const std::string error = text_of(texts, "last_error");
  if (!error.empty()) throw Error("the agent that runs on " + store_ + ": " + name + ": " + error);
  return text_of(texts, "last_result");
}

std::vector<std::pair<std::string, std::string>> RunningAgent::loops() {
  const auto response = get("/api/v1/status?format=json");
  JsonTree json;
  std::vector<std::pair<std::string, std::string>> loops;
  json.each_member(parse(json, response.body), [&](std::string_view name, const JsonTree::Node& value) {
    if (name != "loops" || value.kind() != JsonTree::Kind::array) return;
    json.each_element(value, [&](const JsonTree::Node& loop) {
      const auto texts = texts_of(json, loop);
      loops.emplace_back(text_of(texts, "name"), text_of(texts, "last_result"));
    });
  });
  return loops;
}

}  // namespace tidemark::cli
