#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/read_models.hpp"

/// What everything that keeps views' rows, their refresh log and dimension tables must do: a store and both sinks.
namespace tidemark::conformance {

/// An empty place for read models, made for one test and removed after it.
class ReadModelsPlace {
 public:
  virtual ~ReadModelsPlace() = default;
  /// What is kept there, as a process that starts now finds it.
  virtual std::shared_ptr<ReadModels> open() = 0;
  /// Whether several agents refresh views there, so that two attempts on one view can be on their way.
  virtual bool has_several_agents() const { return true; }
};

struct ReadModelsCase {
  std::string name;
  std::function<void(ReadModelsPlace&)> run;
};
/// Each runs in a place of its own.
const std::vector<ReadModelsCase>& read_models_cases();

/// A view of two columns, `account` (its key) and `runs`.
ViewLayout small_view(const std::string& name);
/// Rows of it: `n` accounts, each with `runs`.
Table small_rows(int n, std::int64_t runs);
/// A table of any cells, one for each of the layout's columns.
Table table_of(const ViewLayout& layout, const std::vector<std::vector<Cell>>& rows);
/// What tells tables apart, kinds and bits of values included.
std::string exactly(const Table& table);

}  // namespace tidemark::conformance
