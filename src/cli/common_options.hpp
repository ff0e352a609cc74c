#pragma once
#include <memory>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

#include "cli/options.hpp"
#include "cli/report.hpp"

/// What several commands share on their command lines.
namespace tidemark::cli {

/// `--store`, `--schema` and `--now`.
void add_store_options(OptionSet& options);
/// `--threads`.
void add_compute_options(OptionSet& options);
/// `--output` and `--quiet`; `--format` as another name of `--output`, except where `--format` names something else.
void add_output_options(OptionSet& options, bool format_is_output = true);
/// `--sink` and `--sink-file`.
void add_sink_options(OptionSet& options);

Instant now_of(const Arguments& arguments);
/// `format_is_output` as in add_output_options.
OutputFormat output_format(const Arguments& arguments, bool format_is_output = true);
inline bool quiet(const Arguments& arguments) { return arguments.has("quiet"); }

/// `--store`, else TIDEMARK_STORE, else `./tidemark-store`.
std::string store_path(const Arguments& arguments);
bool store_exists(const Arguments& arguments);

enum class Access {
  create,  ///< Makes the store if there is none.
  write,
  read,
};
/// Errors: InputError when there is no store and none is to be made; those of Engine::open.
std::unique_ptr<Engine> open_engine(const Arguments& arguments, Access access, Instant now,
                                    const Progress& progress = {});

/// The sink that the arguments name; empty when they name none.
/// Errors: UsageError for a URL with a password in an argument, which every user of the machine could read.
std::string named_sink(const Arguments& arguments);
/// The same, or what TIDEMARK_SINK holds. UsageError when there is neither.
std::string required_sink(const Arguments& arguments);

/// Whether a URL has a password in it: `postgresql://user:secret@…`, `?password=…`, `?sslpassword=…`.
bool has_password(std::string_view url);

/// `key=value`, split at the first `=`. UsageError otherwise.
std::pair<std::string, std::string> split_assignment(std::string_view option, std::string_view text);

}  // namespace tidemark::cli
