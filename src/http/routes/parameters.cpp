#include <algorithm>
#include <charconv>

#include <tidemark/errors.hpp>

#include "http/routes/routes.hpp"
#include "render/table.hpp"

/// What several routes read from a target, and write.
namespace tidemark::http {
namespace {

constexpr std::size_t kMaxShown = 200;  // of a wrong value in a message

[[noreturn]] void refuse(std::string_view name, const std::string& expected, const std::string& found) {
  throw InputError(std::string(name) + ": expected " + expected + "; found '" + found.substr(0, kMaxShown) + "'");
}

}  // namespace

void check_parameters(const Target& target, std::initializer_list<std::string_view> known) {
  const auto other = target.find_other(known);
  if (!other) return;
  std::string words;
  for (const std::string_view word : known) words += (words.empty() ? "there are " : ", ") + std::string(word);
  throw InputError("there is no parameter '" + other->substr(0, kMaxShown) + "'; " +
                   (words.empty() ? "this takes none" : words));
}

std::size_t limit_of(const Target& target, std::size_t otherwise, std::size_t most) {
  const auto text = target.find("limit");
  if (!text) return otherwise;
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (error != std::errc() || end != text->data() + text->size() || n == 0 || n > most)
    refuse("limit", "a number from 1 to " + std::to_string(most), *text);
  return n;
}

bool flag_of(const Target& target, std::string_view name) {
  const std::string text = target.find(name).value_or("false");
  if (text != "true" && text != "false") refuse(name, "true or false", text);
  return text == "true";
}

std::string sink_url_of(const Services& services, const Target& target) {
  const auto name = target.find("sink");
  return name ? services.host.sink_url(*name) : std::string();
}

Response table_answer(const RequestHead& head, const Table& table) {
  const std::string format = wanted_format(head, {"json", "csv", "ndjson", "table"});
  if (format == "csv") return {200, "text/csv; charset=utf-8", table_csv(table)};
  if (format == "ndjson") return {200, "application/x-ndjson", table_ndjson(table)};
  if (format == "table") return Response::text(200, table_text(table, 0));
  return Response::json(200, table_json(table));
}

}  // namespace tidemark::http
