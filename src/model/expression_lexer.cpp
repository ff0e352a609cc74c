#include "model/expression_lexer.hpp"

#include <utility>

#include <tidemark/errors.hpp>

#include "model/text.hpp"

namespace tidemark {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
bool is_number_part(char c) { return is_digit(c) || c == '.'; }

}  // namespace

std::string describe(const Token& token) {
  if (token.kind == Token::Kind::end) return "the end";
  if (token.kind == Token::Kind::literal) return "the text " + std::string(token.text);
  return "'" + std::string(token.text) + "'";
}

Token ExpressionLexer::take() {
  Token taken = std::move(next_);
  advance();
  return taken;
}

bool ExpressionLexer::accept_sign(std::string_view sign) {
  if (!next_is_sign(sign)) return false;
  advance();
  return true;
}

bool ExpressionLexer::accept_word(std::string_view word) {
  if (!next_is_word(word)) return false;
  advance();
  return true;
}

void ExpressionLexer::expect_sign(std::string_view sign) {
  if (!accept_sign(sign)) fail_expected("'" + std::string(sign) + "'");
}

void ExpressionLexer::fail_expected(std::string_view what) const {
  fail(next_.at, "expected " + std::string(what) + ", found " + describe(next_));
}

void ExpressionLexer::fail(std::size_t at, const std::string& message) {
  throw InputError("column " + std::to_string(at + 1) + " of the expression: " + message);
}

void ExpressionLexer::advance() {
  while (at_ < text_.size() && trim(text_.substr(at_, 1)).empty()) ++at_;
  next_ = Token{};
  next_.at = at_;
  if (at_ == text_.size()) return;
  const char c = text_[at_];
  if (c == '\'') return lex_literal();
  if (is_name_start(c)) return lex_name();
  if (is_number_part(c)) return lex_while(Token::Kind::number, is_number_part);
  next_.kind = Token::Kind::sign;
  const std::string_view pair = text_.substr(at_, 2);
  const bool two = pair == "!=" || pair == "<>" || pair == "<=" || pair == ">=";
  next_.text = text_.substr(at_, two ? 2 : 1);
  at_ += next_.text.size();
}

void ExpressionLexer::lex_while(Token::Kind kind, bool (*belongs)(char)) {
  const std::size_t start = at_;
  while (at_ < text_.size() && belongs(text_[at_])) ++at_;
  next_.kind = kind;
  next_.text = text_.substr(start, at_ - start);
  next_.value = to_lower(next_.text);
}

/// `account.plan` is one name.
void ExpressionLexer::lex_name() {
  const std::size_t start = at_;
  const auto at_dot = [&] { return at_ + 1 < text_.size() && text_[at_] == '.' && is_name_start(text_[at_ + 1]); };
  do {
    if (at_dot()) ++at_;
    lex_while(Token::Kind::name, is_name_part);
  } while (at_dot());
  next_.text = text_.substr(start, at_ - start);
  next_.value = to_lower(next_.text);
}

void ExpressionLexer::lex_literal() {
  const std::size_t start = at_++;
  next_.kind = Token::Kind::literal;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c != '\'') {
      next_.value.push_back(c);
    } else if (at_ < text_.size() && text_[at_] == '\'') {
      next_.value.push_back(c);
      ++at_;
    } else {
      next_.text = text_.substr(start, at_ - start);
      return;
    }
  }
  fail(start, "expected a text that ends with ', found the end");
}

}  // namespace tidemark
