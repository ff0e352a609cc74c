#include "model/normalise.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "model/text.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kLeastDigits = 6;
constexpr std::size_t kLeastHexDigits = 12;
constexpr std::size_t kLeastInstanceDigits = 8;
constexpr std::size_t kMostInstanceDigits = 17;
constexpr std::array<std::size_t, 5> kUuidGroups{8, 4, 4, 4, 12};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// Letters outside ASCII count as part of a word, whatever they are.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

/// How many characters from `at` on belong, up to `most`.
std::size_t run(std::string_view text, std::size_t at, bool (*belongs)(char),
                std::size_t most = std::string_view::npos) {
  std::size_t size = 0;
  while (at + size < text.size() && size < most && belongs(text[at + size])) ++size;
  return size;
}

bool ends_word(std::string_view text, std::size_t at) { return at == text.size() || !is_word(text[at]); }

/// The length of a UUID at `at`; 0 when there is none.
std::size_t uuid_size(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  for (std::size_t group = 0; group < kUuidGroups.size(); ++group) {
    if (group > 0 && (at == text.size() || text[at++] != '-')) return 0;
    if (run(text, at, is_hex, kUuidGroups[group]) < kUuidGroups[group]) return 0;
    at += kUuidGroups[group];
  }
  return ends_word(text, at) ? at - start : 0;
}

/// `i-0123456789abcdef0`, as AWS names machines.
std::size_t instance_size(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("i-")) return 0;
  const std::size_t digits = run(text, at + 2, is_hex, kMostInstanceDigits + 1);
  const bool fits = digits >= kLeastInstanceDigits && digits <= kMostInstanceDigits && ends_word(text, at + 2 + digits);
  return fits ? digits + 2 : 0;
}

/// The length of the garbage at the beginning of a word; 0 when it is none. `word` is the word's length.
std::size_t garbage_size(std::string_view text, std::size_t at, std::size_t word) {
  if (const std::size_t size = uuid_size(text, at)) return size;
  if (const std::size_t size = instance_size(text, at)) return size;
  if (word >= kLeastDigits && run(text, at, is_digit, word) == word) return word;
  if (word >= kLeastHexDigits && run(text, at, is_hex, word) == word) return word;
  return 0;
}

/// Every garbage token as `*`.
std::string replace_garbage(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t word = run(text, at, is_word);
    if (word == 0) {
      out.push_back(text[at++]);
    } else if (const std::size_t garbage = garbage_size(text, at, word)) {
      out.push_back('*');
      at += garbage;
    } else {
      out.append(text.substr(at, word));
      at += word;
    }
  }
  return out;
}

/// GitHub compares labels without regard to case.
bool starts_with_any_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() && to_lower(text.substr(0, lower_prefix.size())) == lower_prefix;
}

/// `-7316543-1` at the end of `codebuild-web-7316543-1`: cut off one `-` and digits. Nothing when there are none.
std::optional<std::string_view> without_last_number(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0 && is_digit(text[end - 1])) --end;
  if (end == text.size() || end == 0 || text[end - 1] != '-') return std::nullopt;
  return text.substr(0, end - 1);
}

std::string_view without_codebuild_run(std::string_view label) {
  constexpr std::string_view kPrefix = "codebuild-";
  if (!starts_with_any_case(label, kPrefix)) return label;
  const auto once = without_last_number(label);
  const auto twice = once ? without_last_number(*once) : std::nullopt;
  return twice && twice->size() > kPrefix.size() ? *twice : label;
}

void add_label(std::string_view label, std::vector<std::string>& out) {
  label = trim(label);
  if (starts_with_any_case(label, "ghr-job-id:") || starts_with_any_case(label, "ghr-run-id:")) return;
  std::string clean = replace_garbage(without_codebuild_run(label));
  const bool only_garbage = clean == "*" && label != "*";
  if (!only_garbage) out.push_back(std::move(clean));
}

/// `runs-on=18739662665,runner=2cpu/tag=x`.
void add_parts(std::string_view label, std::size_t prefix, std::vector<std::string>& out) {
  while (!label.empty()) {
    const std::size_t end = std::min(label.find_first_of(",/"), label.size());
    const std::string_view part = trim(label.substr(0, end));
    const bool is_run = starts_with_any_case(part, "runs-on=") && part.size() > prefix &&
                        run(part, prefix, is_digit) == part.size() - prefix;
    if (!part.empty() && !is_run) add_label(part, out);
    label.remove_prefix(std::min(end + 1, label.size()));
  }
}

std::string collapse_number(std::string_view text, std::size_t at) {
  const std::size_t digits = run(text, at, is_digit);
  if (digits == 0 || !ends_word(text, at + digits)) return replace_garbage(text);
  return replace_garbage(text.substr(0, at)) + "*" + replace_garbage(text.substr(at + digits));
}

}  // namespace

std::vector<std::string> normalise_labels(const std::vector<std::string>& labels) {
  constexpr std::string_view kRunsOn = "runs-on=";
  std::vector<std::string> out;
  out.reserve(labels.size());
  for (const std::string& label : labels) {
    if (starts_with_any_case(trim(label), kRunsOn))
      add_parts(trim(label), kRunsOn.size(), out);
    else
      add_label(label, out);
  }
  return out;
}

std::string normalise_text(std::string_view text) {
  constexpr std::string_view kGitLab = "shared-runners-manager-";
  constexpr std::string_view kGitHub = "GitHub Actions ";
  if (text.starts_with(kGitHub)) return collapse_number(text, kGitHub.size());
  const std::size_t gitlab = text.find(kGitLab);
  if (gitlab != std::string_view::npos) return collapse_number(text, gitlab + kGitLab.size());
  return replace_garbage(text);
}

}  // namespace tidemark
