#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::http {

/// Builds a page in Prometheus's text format, version 0.0.4. A family's samples follow its line of type.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `type`: counter, gauge or histogram. Names begin with a letter and have letters, digits and `_`.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// Of the last family; `suffix` as `_bucket`.
  void sample(const Labels& labels, std::uint64_t value, std::string_view suffix = {});
  void sample(const Labels& labels, double value, std::string_view suffix = {});

  const std::string& text() const { return text_; }

 private:
  void begin(const Labels& labels, std::string_view suffix);

  std::string name_;
  std::string text_;
};

}  // namespace tidemark::http
