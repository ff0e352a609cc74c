#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// One word or sign of a column expression.
struct Token {
  enum class Kind { name, number, literal, sign, end };
  Kind kind = Kind::end;
  std::size_t at = 0;     ///< Byte offset in the expression.
  std::string_view text;  ///< As written.
  std::string value;      ///< A literal without its quotes; a name in lower case.
};

/// `'owner'`, `the end`: what a message says was found.
std::string describe(const Token& token);

/// Splits a column expression into tokens, one ahead.
class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) { advance(); }

  const Token& next() const { return next_; }
  Token take();

  bool next_is_sign(std::string_view sign) const { return next_.kind == Token::Kind::sign && next_.text == sign; }
  /// A word of the language, in any case.
  bool next_is_word(std::string_view word) const { return next_.kind == Token::Kind::name && next_.value == word; }
  /// Takes the token when it is this sign or word.
  bool accept_sign(std::string_view sign);
  bool accept_word(std::string_view word);
  void expect_sign(std::string_view sign);

  /// InputError: `column 12 of the expression: expected <what>, found <the next token>`.
  [[noreturn]] void fail_expected(std::string_view what) const;
  [[noreturn]] static void fail(std::size_t at, const std::string& message);

 private:
  void advance();
  void lex_literal();
  void lex_name();
  void lex_while(Token::Kind kind, bool (*belongs)(char));

  std::string_view text_;
  std::size_t at_ = 0;
  Token next_;
};

}  // namespace tidemark
