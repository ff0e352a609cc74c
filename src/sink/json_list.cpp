#include "sink/json_list.hpp"

#include <charconv>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

void put_json_text(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out.append("\\u00");
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void put_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3f))); };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

class ListParser {
 public:
  explicit ListParser(std::string_view json) : json_(json) {}

  template <typename TakeItem>
  void parse(const TakeItem& take_item) {
    expect('[');
    if (!accept(']')) {
      do take_item(*this);
      while (accept(','));
      expect(']');
    }
    skip_space();
    if (at_ != json_.size()) fail();
  }

  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(json_.data() + at_, json_.data() + json_.size(), value);
    if (error != std::errc()) fail();
    at_ = static_cast<std::size_t>(end - json_.data());
    return value;
  }

  std::string text() {
    expect('"');
    std::string out;
    while (true) {
      const char c = next();
      if (c == '"') return out;
      if (c == '\\')
        escape(out);
      else
        out.push_back(c);
    }
  }

 private:
  void escape(std::string& out) {
    switch (const char c = next()) {
      case 'b': return out.push_back('\b');
      case 'f': return out.push_back('\f');
      case 'n': return out.push_back('\n');
      case 'r': return out.push_back('\r');
      case 't': return out.push_back('\t');
      case 'u': return unicode(out);
      case '"':
      case '\\':
      case '/': return out.push_back(c);
      default: fail();
    }
  }

  void unicode(std::string& out) {
    std::uint32_t c = four_digits();
    if (c >= 0xd800 && c < 0xdc00) {
      if (next() != '\\' || next() != 'u') fail();
      const std::uint32_t low = four_digits();
      if (low < 0xdc00 || low > 0xdfff) fail();
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    put_utf8(out, c);
  }

  std::uint32_t four_digits() {
    if (json_.size() - at_ < 4) fail();
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(json_.data() + at_, json_.data() + at_ + 4, value, 16);
    if (error != std::errc() || end != json_.data() + at_ + 4) fail();
    at_ += 4;
    return value;
  }

  char next() {
    if (at_ == json_.size()) fail();
    return json_[at_++];
  }
  void skip_space() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\t' || json_[at_] == '\r'))
      ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  [[noreturn]] static void fail() { throw InputError("not a JSON array of texts or whole numbers"); }

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

void put_json_list(std::string& out, const std::vector<std::string>& list) {
  out.push_back('[');
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) out.push_back(',');
    put_json_text(out, list[i]);
  }
  out.push_back(']');
}

void put_json_list(std::string& out, const std::vector<std::int64_t>& list) {
  out.push_back('[');
  char digits[24];
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) out.push_back(',');
    out.append(digits, std::to_chars(digits, digits + sizeof digits, list[i]).ptr);
  }
  out.push_back(']');
}

std::vector<std::string> parse_json_texts(std::string_view json) {
  std::vector<std::string> list;
  ListParser(json).parse([&](ListParser& parser) { list.push_back(parser.text()); });
  return list;
}

std::vector<std::int64_t> parse_json_integers(std::string_view json) {
  std::vector<std::int64_t> list;
  ListParser(json).parse([&](ListParser& parser) { list.push_back(parser.integer()); });
  return list;
}

}  // namespace tidemark
