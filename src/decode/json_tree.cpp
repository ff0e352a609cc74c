#include "decode/json_tree.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cstring>

#include "decode/decode.hpp"

namespace json = boost::json;

namespace tidemark {
namespace {

using ErrorCode = json::error_code;
using Text = json::string_view;

/// Receives the parser's events and lays them down as nodes.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  void start(std::vector<JsonTree::Node>& nodes, std::string_view input, std::size_t max_nodes) {
    nodes_ = &nodes;
    max_nodes_ = max_nodes;
    nodes_->clear();
    open_.clear();
    input_ = input;
    unescaped_used_ = 0;
    part_begin_ = nullptr;
  }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode& ec) { return open(JsonTree::Kind::object, ec); }
  bool on_array_begin(ErrorCode& ec) { return open(JsonTree::Kind::array, ec); }
  bool on_object_end(std::size_t, ErrorCode&) { return close(); }
  bool on_array_end(std::size_t, ErrorCode&) { return close(); }
  bool on_null(ErrorCode& ec) { return add(JsonTree::Kind::null, {}, ec); }
  bool on_bool(bool b, ErrorCode& ec) { return add(b ? JsonTree::Kind::yes : JsonTree::Kind::no, {}, ec); }

  bool on_key_part(Text s, std::size_t, ErrorCode&) { return part(s); }
  bool on_key(Text s, std::size_t, ErrorCode& ec) { return add(JsonTree::Kind::string, whole(s), ec); }
  bool on_string_part(Text s, std::size_t, ErrorCode&) { return part(s); }
  bool on_string(Text s, std::size_t, ErrorCode& ec) { return add(JsonTree::Kind::string, whole(s), ec); }
  bool on_number_part(Text s, ErrorCode&) { return part(s); }
  bool on_int64(std::int64_t, Text s, ErrorCode& ec) { return add(JsonTree::Kind::number, whole(s), ec); }
  bool on_uint64(std::uint64_t, Text s, ErrorCode& ec) { return add(JsonTree::Kind::number, whole(s), ec); }
  bool on_double(double, Text s, ErrorCode& ec) { return add(JsonTree::Kind::number, whole(s), ec); }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

 private:
  bool add(JsonTree::Kind kind, Text text, ErrorCode& ec) {
    if (nodes_->size() >= max_nodes_) {
      ec = json::error::array_too_large;
      return false;
    }
    nodes_->push_back({text.data(), static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(kind),
                       static_cast<std::uint32_t>(nodes_->size() + 1)});
    return true;
  }
  bool open(JsonTree::Kind kind, ErrorCode& ec) {
    open_.push_back(static_cast<std::uint32_t>(nodes_->size()));
    return add(kind, {}, ec);
  }
  bool close() {
    (*nodes_)[open_.back()].next = static_cast<std::uint32_t>(nodes_->size());
    open_.pop_back();
    return true;
  }

  /// Texts with escapes come in parts. Unescaped text is never longer than its source, so that one buffer of the input's
  /// size holds them all and never moves.
  bool part(Text s) {
    if (s.empty()) return true;
    if (unescaped_size_ < input_.size()) {
      unescaped_ = std::make_unique_for_overwrite<char[]>(input_.size());
      unescaped_size_ = input_.size();
    }
    char* at = unescaped_.get() + unescaped_used_;
    if (!part_begin_) part_begin_ = at;
    std::memcpy(at, s.data(), s.size());
    unescaped_used_ += s.size();
    return true;
  }
  Text whole(Text last) {
    const bool in_input = last.data() >= input_.data() && last.data() + last.size() <= input_.data() + input_.size();
    if (!part_begin_ && (in_input || last.empty())) return last;
    part(last);
    const Text text(part_begin_, static_cast<std::size_t>(unescaped_.get() + unescaped_used_ - part_begin_));
    part_begin_ = nullptr;
    return text;
  }

  std::vector<JsonTree::Node>* nodes_ = nullptr;
  std::size_t max_nodes_ = 0;
  std::vector<std::uint32_t> open_;
  std::string_view input_;
  std::unique_ptr<char[]> unescaped_;
  std::size_t unescaped_size_ = 0;
  std::size_t unescaped_used_ = 0;
  const char* part_begin_ = nullptr;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The value of `\uXXXX` at `at`, or -1.
int unicode_escape(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int value = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// JavaScript writes halves of surrogate pairs as they are; the parser refuses them. The replacement is as long.
/// Returns whether there was one.
bool mend_surrogates(std::string& text) {
  bool mended = false;
  for (std::size_t i = text.find('\\'); i != std::string::npos && i + 1 < text.size(); i = text.find('\\', i)) {
    const int value = unicode_escape(text, i);
    if (value < 0) {
      i += 2;
      continue;
    }
    const bool leads = value >= 0xd800 && value < 0xdc00;
    const int next = leads ? unicode_escape(text, i + 6) : -1;
    if (leads && next >= 0xdc00 && next < 0xe000) {
      i += 12;
      continue;
    }
    if (value >= 0xd800 && value < 0xe000) {
      text.replace(i + 2, 4, "fffd");
      mended = true;
    }
    i += 6;
  }
  return mended;
}

json::parse_options parse_options() {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  options.allow_invalid_utf8 = true;
  return options;
}

}  // namespace

class JsonTree::Parser {
 public:
  json::basic_parser<TreeHandler> parser{parse_options()};
};

JsonTree::JsonTree() : parser_(std::make_unique<Parser>()) {}
JsonTree::~JsonTree() = default;

JsonTree::Status JsonTree::parse(std::string_view text, std::size_t& used, std::size_t max_nodes) {
  auto& parser = parser_->parser;
  const auto run = [&](std::string_view input, ErrorCode& ec) {
    parser.reset();
    parser.handler().start(nodes_, input, max_nodes);
    used = parser.write_some(false, input.data(), input.size(), ec);
  };
  ErrorCode ec;
  run(text, ec);
  if (ec && ec != json::error::too_deep && ec != json::error::array_too_large) {
    mended_.assign(text);
    if (mend_surrogates(mended_)) {
      ec = {};
      run(mended_, ec);
    }
  }
  if (!ec) return Status::ok;
  message_ = ec == json::error::incomplete ? "cut off inside a JSON value" : ec.message();
  message_ += " at byte " + std::to_string(used + 1);
  if (ec == json::error::too_deep) return Status::too_deep;
  if (ec == json::error::array_too_large) return Status::too_large;
  return Status::malformed;
}

}  // namespace tidemark
