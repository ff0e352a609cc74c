#pragma once
#include "agent/config.hpp"
#include "cli/options.hpp"

namespace tidemark::cli {

/// `--config`, `--set`, `--store`, `--schema`, `--memory`, `--threads`, `--listen`, `--drain`, `--log-level` and
/// `--log-format`.
void add_config_options(OptionSet& options);

/// What the arguments, the environment and the file say, in that order. The file is `--config`, else TIDEMARK_CONFIG,
/// else /etc/tidemark/tidemark.toml if there is one.
/// Errors: InputError, as agent::load_config's, and for a file that cannot be read.
agent::LoadedConfig read_agent_config(const Arguments& arguments);

/// The file that was or would be read; empty when there is none.
std::string config_file(const Arguments& arguments);

}  // namespace tidemark::cli
