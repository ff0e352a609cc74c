#include "cli/options.hpp"

#include <algorithm>
#include <charconv>

#include <boost/program_options.hpp>

#include "render/text_table.hpp"

namespace tidemark::cli {

namespace po = boost::program_options;

std::optional<std::string> Arguments::find(std::string_view name) const {
  const auto it = options_.find(name);
  if (it == options_.end()) return std::nullopt;
  return it->second.front();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto it = options_.find(name);
  return it == options_.end() ? std::vector<std::string>() : it->second;
}

std::uint64_t Arguments::count(std::string_view name, std::uint64_t fallback, std::uint64_t least) const {
  const auto text = find(name);
  if (!text) return fallback;
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (error != std::errc() || end != text->data() + text->size() || n < least) {
    throw UsageError("--" + std::string(name) + ": expected a whole number of at least " + std::to_string(least) +
                     ", found '" + *text + "'");
  }
  return n;
}

std::string Arguments::choice(std::string_view name, std::string_view fallback,
                              const std::vector<std::string>& words) const {
  const auto text = find(name);
  if (!text) return std::string(fallback);
  if (std::find(words.begin(), words.end(), *text) != words.end()) return *text;
  std::string expected;
  for (const std::string& word : words) expected += (expected.empty() ? "" : ", ") + word;
  throw UsageError("--" + std::string(name) + ": expected one of " + expected + ", found '" + *text + "'");
}

OptionSet::OptionSet(std::string usage, std::string description)
    : usage_(std::move(usage)), description_(std::move(description)) {
  flag("help", "Show this help.");
}

OptionSet& OptionSet::flag(std::string name, std::string help) {
  options_.push_back({std::move(name), "", std::move(help), Kind::flag});
  return *this;
}

OptionSet& OptionSet::value(std::string name, std::string placeholder, std::string help) {
  options_.push_back({std::move(name), std::move(placeholder), std::move(help), Kind::value});
  return *this;
}

OptionSet& OptionSet::values(std::string name, std::string placeholder, std::string help) {
  options_.push_back({std::move(name), std::move(placeholder), std::move(help), Kind::values});
  return *this;
}

OptionSet& OptionSet::positionals(std::string what, std::size_t least, std::size_t most) {
  positional_what_ = std::move(what);
  least_ = least;
  most_ = most;
  return *this;
}

Arguments OptionSet::parse(const std::vector<std::string>& words) const {
  po::options_description description;
  for (const Option& option : options_) {
    if (option.kind == Kind::flag)
      description.add_options()(option.name.c_str(), "");
    else
      description.add_options()(option.name.c_str(), po::value<std::string>(), "");
  }
  Arguments arguments;
  try {
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto parsed = po::command_line_parser(words).options(description).style(style).run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0) {
        arguments.positionals_.push_back(option.value.front());
        continue;
      }
      if (is_option_word(option.original_tokens.back()) && option.original_tokens.size() > 1) {
        throw UsageError("the required argument for option '--" + option.string_key + "' is missing");
      }
      auto& values = arguments.options_[option.string_key];
      values.push_back(option.value.empty() ? std::string() : option.value.front());
    }
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  for (const Option& option : options_) {
    if (option.kind == Kind::value && arguments.all(option.name).size() > 1) {
      throw UsageError("--" + option.name + " is given more than once");
    }
  }
  if (!arguments.has("help")) check_count(arguments.positionals_.size());
  return arguments;
}

bool OptionSet::is_option_word(std::string_view word) const {
  return std::any_of(options_.begin(), options_.end(), [&](const Option& o) { return word == "--" + o.name; });
}

void OptionSet::check_count(std::size_t given) const {
  if (given < least_) throw UsageError("expected " + positional_what_);
  if (given <= most_) return;
  throw UsageError(most_ == 0 ? "takes no arguments beside options"
                              : "too many arguments; expected " + positional_what_);
}

std::string OptionSet::help(std::string_view command) const {
  std::size_t width = 0;
  std::vector<std::string> names;
  for (const Option& option : options_) {
    names.push_back("  --" + option.name + (option.placeholder.empty() ? "" : ' ' + option.placeholder));
    width = std::max(width, display_width(names.back()));
  }
  std::string out = "usage: tidemark " + std::string(command) + (usage_.empty() ? "" : ' ' + usage_) + "\n\n" +
                    description_ + "\n\noptions:\n";
  // `--help` was declared first, and is shown last.
  std::rotate(names.begin(), names.begin() + 1, names.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string line = names[i] + std::string(width - display_width(names[i]) + 2, ' ');
    for (const char c : options_[(i + 1) % options_.size()].help) {
      line += c;
      if (c == '\n') line += std::string(width + 2, ' ');
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace tidemark::cli
