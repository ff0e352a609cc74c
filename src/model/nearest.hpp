#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// ` (did you mean 'retention'?)` when one of the candidates is within a third of its length of `word`, else nothing.
/// For error messages.
std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `'a', 'b' or 'c'`.
std::string one_of(const std::vector<std::string_view>& words);

}  // namespace tidemark
