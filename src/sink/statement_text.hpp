#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sink/sql.hpp"

namespace tidemark {

/// Puts a statement together from its text and its values, which become parameters.
class StatementText {
 public:
  explicit StatementText(Dialect dialect) : dialect_(dialect) {}
  StatementText& sql(std::string_view text) {
    statement_.text += text;
    return *this;
  }
  StatementText& value(std::string value) {
    statement_.parameters.push_back(std::move(value));
    return sql(parameter_mark(dialect_, statement_.parameters.size()));
  }
  /// NULL when there is none.
  StatementText& value(std::optional<std::string> value) {
    return value ? this->value(std::move(*value)) : sql("NULL");
  }
  Statement take() { return std::move(statement_); }

 private:
  Dialect dialect_;
  Statement statement_;
};

}  // namespace tidemark
