#include "render/report.hpp"

#include <cmath>
#include <span>

#include "model/text.hpp"

namespace tidemark {

namespace {

void append_list(std::string& out, std::span<const std::string> list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) out += ',';
    append_json_text(out, list[i]);
  }
  out += ']';
}

void append_csv_text(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string repaired;
  if (repair_utf8(text, repaired)) text = repaired;
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: out += "null"; break;
    case Value::Kind::real: out += std::isfinite(value.real()) ? value.to_string() : "null"; break;
    case Value::Kind::integer:
    case Value::Kind::decimal:
    case Value::Kind::boolean: out += value.to_string(); break;
    case Value::Kind::text: append_json_text(out, value.text()); break;
    case Value::Kind::instant: append_json_text(out, value.to_string()); break;
    case Value::Kind::text_list: append_list(out, value.list()); break;
  }
}

void append_csv(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: break;
    case Value::Kind::text: append_csv_text(out, value.text()); break;
    case Value::Kind::instant: append_csv_text(out, value.to_string()); break;
    case Value::Kind::text_list: {
      std::string list;
      append_list(list, value.list());
      append_csv_text(out, list);
      break;
    }
    default: append_json(out, value);
  }
}

Report::Report(Value value) : kind_(Kind::value), value_(value), text_(value.text()) {}

Value Report::value() const { return value_.kind() == Value::Kind::text ? Value(text_) : value_; }

Report& Report::set(std::string key, Report child) {
  children_.emplace_back(std::move(key), std::move(child));
  return *this;
}

Report& Report::add(Report child) {
  children_.emplace_back(std::string(), std::move(child));
  return *this;
}

std::string Report::json() const {
  std::string out;
  append_json_tree(out, 0);
  return out += '\n';
}

std::string Report::csv() const {
  std::string out = "key,value\r\n";
  append_csv_tree(out, "");
  return out;
}

void Report::append_json_tree(std::string& out, int depth) const {
  if (kind_ == Kind::value) return append_json(out, value());
  const bool object = kind_ == Kind::object;
  out += object ? '{' : '[';
  const std::string indent(static_cast<std::size_t>(depth + 1) * 2, ' ');
  bool first = true;
  for (const auto& [key, child] : children_) {
    out += first ? "\n" : ",\n";
    first = false;
    out += indent;
    if (object) {
      append_json_text(out, key);
      out += ": ";
    }
    child.append_json_tree(out, depth + 1);
  }
  if (!children_.empty()) out += '\n' + indent.substr(2);
  out += object ? '}' : ']';
}

void Report::append_csv_tree(std::string& out, const std::string& path) const {
  if (kind_ == Kind::value) {
    append_csv_text(out, path);
    out += ',';
    append_csv(out, value());
    out += "\r\n";
    return;
  }
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const std::string key = kind_ == Kind::object ? children_[i].first : std::to_string(i);
    children_[i].second.append_csv_tree(out, path.empty() ? key : path + '.' + key);
  }
}

}  // namespace tidemark
