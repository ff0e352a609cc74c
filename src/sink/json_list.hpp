#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The JSON arrays in SQLite's columns. Equal lists have equal texts.
namespace tidemark {

/// Appends `["linux","x64"]`; quotes, backslashes and control characters are escaped, everything else stays.
void put_json_list(std::string& out, const std::vector<std::string>& list);
/// Appends `[1,20,300]`.
void put_json_list(std::string& out, const std::vector<std::int64_t>& list);

/// Read what the functions above write, and white space and \u escapes beside. InputError otherwise.
std::vector<std::string> parse_json_texts(std::string_view json);
std::vector<std::int64_t> parse_json_integers(std::string_view json);

}  // namespace tidemark
