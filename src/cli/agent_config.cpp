#include "cli/agent_config.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "cli/common_options.hpp"

namespace tidemark::cli {

namespace {

constexpr const char* kDefaultFile = "/etc/tidemark/tidemark.toml";

struct FlagKey {
  const char* flag;
  const char* key;
};
constexpr FlagKey kFlags[] = {{"store", "store"}, {"memory", "memory"},       {"threads", "threads"},
                              {"drain", "drain"}, {"log-level", "log.level"}, {"log-format", "log.format"}};
/// May be given several times, and make one list.
constexpr FlagKey kListFlags[] = {{"schema", "schemas"}, {"listen", "http.listen"}};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) throw InputError("cannot read the configuration " + path + ": " + std::strerror(errno));
  return text.str();
}

std::map<std::string, std::string> whole_environment() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

void add_flags(const Arguments& arguments, agent::ConfigSources& sources) {
  for (const std::string& word : arguments.all("set")) {
    auto [key, value] = split_assignment("--set", word);
    // An argument can be read by every user of the machine.
    if (key.ends_with(".url") && agent::mask_url(value) != value)
      throw UsageError("--set " + key +
                       ": a password in an argument can be read by every user of this machine; put it " +
                       "into a file (password_file), or the URL into " + agent::environment_name(key));
    sources.flags.push_back({key, value, "--set " + key});
  }
  for (const auto& [flag, key] : kFlags)
    if (const auto value = arguments.find(flag)) sources.flags.push_back({key, *value, std::string("--") + flag});
  for (const auto& [flag, key] : kListFlags) {
    std::string list;
    for (const std::string& value : arguments.all(flag)) list += (list.empty() ? "" : ",") + value;
    if (!list.empty()) sources.flags.push_back({key, list, std::string("--") + flag});
  }
}

}  // namespace

void add_config_options(OptionSet& options) {
  options.value("config", "FILE", std::string("Default: TIDEMARK_CONFIG, else ") + kDefaultFile + " if there is one.");
  options.values("set", "KEY=VALUE", "Any key of the configuration, as loops.sync=1m; may be repeated.");
  options.value("store", "DIR", "The same as --set store=DIR.");
  options.values("schema", "FILE|DIR", "The same as --set schemas=…; may be repeated.");
  options.value("memory", "SIZE", "The same as --set memory=SIZE.");
  options.value("threads", "N", "The same as --set threads=N.");
  options.values("listen", "ADDRESS", "The same as --set http.listen=…; may be repeated.");
  options.value("drain", "none|compute|sync|seal", "The same as --set drain=…");
  options.value("log-level", "LEVEL", "The same as --set log.level=LEVEL.");
  options.value("log-format", "text|json", "The same as --set log.format=…");
}

std::string config_file(const Arguments& arguments) {
  if (const auto file = arguments.find("config")) return *file;
  const char* variable = std::getenv("TIDEMARK_CONFIG");
  if (variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  return std::filesystem::exists(kDefaultFile, error) || error ? kDefaultFile : "";
}

agent::LoadedConfig read_agent_config(const Arguments& arguments) {
  agent::ConfigSources sources;
  sources.file_name = config_file(arguments);
  if (!sources.file_name.empty()) sources.file_text = read_file(sources.file_name);
  sources.environment = whole_environment();
  add_flags(arguments, sources);
  return agent::load_config(sources);
}

}  // namespace tidemark::cli
