#include "cli/common_options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/clock.hpp"
#include "cli/size_argument.hpp"
#include "cli/time_argument.hpp"
#include "model/text.hpp"

namespace tidemark::cli {

namespace {

constexpr const char* kDefaultStore = "tidemark-store";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string read_sink_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || trim(line).empty()) {
    throw InputError("--sink-file: cannot read a sink's URL from the first line of " + path);
  }
  return std::string(trim(line));
}

}  // namespace

void add_store_options(OptionSet& options) {
  options.value("store", "DIR", "The store. Default: TIDEMARK_STORE, else ./tidemark-store.");
  options.values("schema", "FILE|DIR",
                 "Definitions in TOML; may be repeated.\nDefault: the store's own; for a new store the shipped ones.");
  options.value("memory", "SIZE", "How much to work with, as 128MB. Default: TIDEMARK_MEMORY, else 256MB.");
  options.value("now", "TIME", "Take this for the present time (RFC 3339).");
}

void add_compute_options(OptionSet& options) {
  options.value("threads", "N", "How many threads may compute. Default: 1.");
}

void add_output_options(OptionSet& options, bool format_is_output) {
  options.value("output", "table|csv|json", "How to print the result. Default: table.");
  if (format_is_output) options.value("format", "table|csv|json", "The same as --output.");
  options.flag("quiet", "No progress; no result either where there is only a summary.");
}

void add_sink_options(OptionSet& options) {
  options.value("sink", "URL", "sqlite:PATH or postgresql://… without a password.");
  options.value("sink-file", "FILE", "Read the URL from a file's first line; it may hold a password.");
}

Instant now_of(const Arguments& arguments) {
  const Instant real = real_now();
  const auto text = arguments.find("now");
  return text ? parse_time_argument("--now", *text, real) : real;
}

OutputFormat output_format(const Arguments& arguments, bool format_is_output) {
  const std::vector<std::string> words = {"table", "csv", "json"};
  const bool by_format = format_is_output && arguments.has("format");
  if (by_format && arguments.has("output")) throw UsageError("--output and --format are the same; give one of them");
  const std::string name = by_format ? "format" : "output";
  const std::string word = arguments.choice(name, "table", words);
  return word == "table" ? OutputFormat::table : word == "csv" ? OutputFormat::csv : OutputFormat::json;
}

std::string store_path(const Arguments& arguments) {
  if (const auto path = arguments.find("store")) return *path;
  const std::string path = environment("TIDEMARK_STORE");
  return path.empty() ? kDefaultStore : path;
}

bool store_exists(const Arguments& arguments) {
  // A directory that cannot be looked into counts as there: opening it says what is wrong.
  std::error_code error;
  const bool there = std::filesystem::exists(store_path(arguments), error);
  return there || error;
}

/// `--memory`, else TIDEMARK_MEMORY, else the defaults.
static void set_memory(EngineOptions& options, const Arguments& arguments) {
  const auto given = arguments.find("memory");
  const std::string text = given ? *given : environment("TIDEMARK_MEMORY");
  const std::string_view name = given ? "--memory" : "TIDEMARK_MEMORY";
  if (text.empty()) return;
  const std::uint64_t bytes = parse_size_argument(name, text);
  try {
    options.fit_memory(bytes);
  } catch (const InputError& e) {
    throw UsageError(std::string(name) + ": " + e.what());
  }
}

std::unique_ptr<Engine> open_engine(const Arguments& arguments, Access access, Instant now, const Progress& progress) {
  EngineOptions options;
  options.store_path = store_path(arguments);
  options.schema_paths = arguments.all("schema");
  options.create_if_missing = access == Access::create;
  options.read_only = access == Access::read;
  set_memory(options, arguments);
  options.recompute_threads = arguments.count("threads", options.recompute_threads, 1);
  if (access != Access::create && !store_exists(arguments)) {
    throw InputError("no store at " + options.store_path +
                     ": name one with --store or TIDEMARK_STORE; 'tidemark ingest' makes a new one");
  }
  return Engine::open(options, now, progress);
}

std::string named_sink(const Arguments& arguments) {
  const auto url = arguments.find("sink");
  const auto file = arguments.find("sink-file");
  if (url && file) throw UsageError("--sink and --sink-file exclude each other");
  if (file) return read_sink_file(*file);
  if (!url) return {};
  if (has_password(*url)) {
    throw UsageError(
        "--sink: a password in an argument can be read by every user of this machine; put the URL into "
        "TIDEMARK_SINK or a file (--sink-file FILE), or the password into PGPASSFILE or PGPASSWORD");
  }
  return *url;
}

std::string required_sink(const Arguments& arguments) {
  std::string url = named_sink(arguments);
  if (url.empty()) url = environment("TIDEMARK_SINK");
  if (url.empty()) throw UsageError("no sink: give --sink URL, --sink-file FILE or TIDEMARK_SINK");
  return url;
}

bool has_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos) return true;
  // An unescaped `/` in a password ends the authority; the `@` then stands further on.
  if (at == std::string_view::npos && rest.substr(0, rest.find('?')).find('@') != std::string_view::npos) return true;
  const std::size_t query = rest.find('?');
  if (query == std::string_view::npos) return false;
  const std::string parameters = '&' + std::string(rest.substr(query + 1));
  return parameters.find("&password=") != std::string::npos || parameters.find("&sslpassword=") != std::string::npos;
}

std::pair<std::string, std::string> split_assignment(std::string_view option, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw UsageError(std::string(option) + ": expected NAME=VALUE, found '" + std::string(text) + "'");
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace tidemark::cli
