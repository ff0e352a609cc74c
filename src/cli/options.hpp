#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/errors.hpp>

namespace tidemark::cli {

/// The command line itself is wrong; the message is followed by a pointer to the command's help.
class UsageError : public InputError {
 public:
  using InputError::InputError;
};

/// What a command line held, after OptionSet::parse.
class Arguments {
 public:
  bool has(std::string_view name) const { return options_.contains(name); }
  std::optional<std::string> find(std::string_view name) const;
  /// Every occurrence of a repeatable option, in order.
  std::vector<std::string> all(std::string_view name) const;
  const std::vector<std::string>& positionals() const { return positionals_; }

  /// A whole number of at least `least`; UsageError when it is anything else.
  std::uint64_t count(std::string_view name, std::uint64_t fallback, std::uint64_t least = 0) const;
  /// One of the words; UsageError names them all otherwise.
  std::string choice(std::string_view name, std::string_view fallback, const std::vector<std::string>& words) const;

 private:
  friend class OptionSet;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::vector<std::string> positionals_;
};

/// The options of one command: declared once, for parsing and for the help page. Every set has `--help`.
class OptionSet {
 public:
  /// `usage` is what follows the command's name.
  OptionSet(std::string usage, std::string description);

  OptionSet& flag(std::string name, std::string help);
  OptionSet& value(std::string name, std::string placeholder, std::string help);
  /// May be given several times.
  OptionSet& values(std::string name, std::string placeholder, std::string help);
  /// Takes between `least` and `most` positional arguments; without this, none.
  OptionSet& positionals(std::string what, std::size_t least,
                         std::size_t most = std::numeric_limits<std::size_t>::max());

  /// `--name value` and `--name=value`; `--` ends options, `-` is a positional. No abbreviations.
  /// Errors: UsageError. With `--help`, nothing but syntax is checked.
  Arguments parse(const std::vector<std::string>& words) const;

  std::string help(std::string_view command) const;

 private:
  enum class Kind { flag, value, values };
  struct Option {
    std::string name, placeholder, help;
    Kind kind;
  };
  bool is_option_word(std::string_view word) const;
  void check_count(std::size_t given) const;

  std::string usage_, description_;
  std::vector<Option> options_;
  std::string positional_what_;
  std::size_t least_ = 0, most_ = 0;
};

}  // namespace tidemark::cli
