#pragma once
#include <functional>
#include <string>
#include <vector>

#include "agent/config.hpp"
#include "model/toml_document.hpp"

namespace tidemark::agent {

/// One key of a configuration, bound to where its value is kept.
struct Setting {
  std::string key;       ///< `http.listen`, `sinks.warehouse.url`.
  std::string expected;  ///< `a size such as "256MB"`.
  /// What a text from the environment or a flag stands for.
  enum class Shape : std::uint8_t { text, number, boolean, list } shape = Shape::text;
  /// False: the value is not what is expected; nothing has changed then.
  std::function<bool(const TomlValue&)> set;
  std::function<std::string()> show;  ///< The present value as TOML.
  Origin origin{Origin::Kind::standard, "default"};
};

/// All keys that `config` has, in the order of docs/agent.md; tokens and sinks are those that it names. The settings
/// refer to `config`.
std::vector<Setting> settings_of(Config& config);

}  // namespace tidemark::agent
