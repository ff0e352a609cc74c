#include "http/metrics_text.hpp"

#include <charconv>

#include "model/text.hpp"

namespace tidemark::http {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  std::string repaired;
  if (repair_utf8(text, repaired)) text = repaired;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\' || c == '"')
      out += {'\\', c};
    else
      out += c;
  }
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
}

void MetricsText::begin(const Labels& labels, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  if (labels.size() != 0) {
    char before = '{';
    for (const auto& [name, value] : labels) {
      text_ += before;
      text_ += name;
      text_ += "=\"";
      append_escaped(text_, value);
      text_ += '"';
      before = ',';
    }
    text_ += '}';
  }
  text_ += ' ';
}

void MetricsText::sample(const Labels& labels, std::uint64_t value, std::string_view suffix) {
  begin(labels, suffix);
  text_ += std::to_string(value) + '\n';
}

void MetricsText::sample(const Labels& labels, double value, std::string_view suffix) {
  begin(labels, suffix);
  char digits[64];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  text_ += '\n';
}

}  // namespace tidemark::http
