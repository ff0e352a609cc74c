#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sink/sink.hpp"

/// What every sink must do, whatever it is made of.
namespace tidemark::conformance {

/// An empty place for a sink, made for one test and removed after it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::unique_ptr<Sink> open(SchemaPtr schema, std::int64_t schema_version) = 0;
  /// Runs SQL past the sink. All rows, values as text, `NULL` for NULL.
  virtual std::vector<std::vector<std::string>> sql(const std::string& text) = 0;
  /// A rollup's table, as SQL names it.
  virtual std::string table(const std::string& rollup) const = 0;
};

struct Case {
  std::string name;
  std::function<void(Place&)> run;
};
/// Each runs in a place of its own.
const std::vector<Case>& cases();
/// Of the table agents.
const std::vector<Case>& agent_cases();

}  // namespace tidemark::conformance
