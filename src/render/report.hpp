#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/engine.hpp>

/// What commands and the HTTP API report, as JSON and CSV: the documented contract of docs/cli.md. Pure.
namespace tidemark {

/// Quoted and escaped; invalid UTF-8 becomes U+FFFD, so that the document stays JSON.
void append_json_text(std::string& out, std::string_view text);

/// Numbers with all their digits (doubles: the shortest text that reads back the same), instants as RFC 3339 texts,
/// lists as arrays. Doubles that JSON has no number for are null.
void append_json(std::string& out, const Value& value);

/// RFC 4180: quoted where needed. NULL is empty, and an empty text is `""`; lists are JSON arrays.
void append_csv(std::string& out, const Value& value);

/// A tree of values with keys in order: what a command reports beside tables.
class Report {
 public:
  Report() = default;   // an empty object
  Report(Value value);  // NOLINT: a value is a report. Texts are copied; lists are not for reports.
  static Report list() {
    Report r;
    r.kind_ = Kind::list;
    return r;
  }

  Report& set(std::string key, Report child);
  Report& set(std::string key, std::uint64_t n) { return set(std::move(key), Report(Value(n))); }
  Report& add(Report child);

  /// Indented by two spaces; ends in a newline.
  std::string json() const;
  /// Two columns, `key,value`; nested keys are joined by dots, list items are numbered from 0.
  std::string csv() const;

 private:
  enum class Kind { object, list, value };
  void append_json_tree(std::string& out, int depth) const;
  void append_csv_tree(std::string& out, const std::string& path) const;

  Value value() const;

  Kind kind_ = Kind::object;
  Value value_;
  std::string text_;  // of a text
  std::vector<std::pair<std::string, Report>> children_;
};

}  // namespace tidemark
