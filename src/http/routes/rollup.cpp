#include <algorithm>
#include <charconv>

#include <tidemark/errors.hpp>

#include "http/page.hpp"
#include "http/routes/routes.hpp"
#include "http/target.hpp"
#include "read/query_text.hpp"
#include "render/table.hpp"

namespace tidemark::http {
namespace {

constexpr const char* kPath = "/api/v1/rollups/";
constexpr std::size_t kMaxShown = 200;  // of a wrong value in a message
std::optional<Instant> time_of(const Target& target, std::string_view name, Instant now) {
  const auto text = target.find(name);
  if (!text) return std::nullopt;
  if (const auto t = parse_query_time(*text, now)) return t;
  throw InputError(std::string(name) + ": " + std::string(kQueryTimeExpected) + "; found '" +
                   text->substr(0, kMaxShown) + "'");
}

Query query_of(const std::string& rollup, const Target& target, Instant now) {
  Query query;
  query.rollup = rollup;
  for (const std::string& word : target.all("where")) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw InputError("where: expected DIMENSION=VALUE, found '" + word.substr(0, kMaxShown) + "'");
    query.where.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  query.from = time_of(target, "from", now);
  query.to = time_of(target, "to", now);
  if (const auto every = target.find("every"); every && !parse_query_windows(*every, query))
    throw InputError("every: " + std::string(kQueryWindowsExpected) + "; found '" + every->substr(0, kMaxShown) + "'");
  if (const auto by = target.find("by")) query.by = split_names(*by);
  if (const auto columns = target.find("columns")) query.columns = split_names(*columns);
  return query;
}

std::optional<std::size_t> whole_number(const std::string& text) {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

/// Rows of one answer; nothing: all of them.
std::optional<std::size_t> page_size(const RequestHead& head, const Limits& limits) {
  if (head.granted.admin && head.target->find("limit") == "all") return std::nullopt;
  return limit_of(*head.target, limits.page_rows, limits.max_page_rows);
}

/// Makes the query go on where the cursor's page ended.
PageCursor go_on(Query& query, const std::string& text) {
  const auto cursor = decode_cursor(text);
  if (!cursor || cursor->query != fingerprint(query))
    throw InputError("cursor: this is not the `next` of an answer to the same query");
  query.from = cursor->from;
  query.to = cursor->to;
  // Nothing before the last row's window is shown again. A first window that `from` cuts stays cut.
  if (cursor->window && (!query.from || *query.from < *cursor->window)) query.from = cursor->window;
  return *cursor;
}

Response rendered(const Table& table, RowRange range, const std::string& format, const Target& target,
                  std::optional<std::string_view> next) {
  if (format == "csv") return {200, "text/csv; charset=utf-8", table_csv(table, range)};
  if (format == "ndjson") return {200, "application/x-ndjson", table_ndjson(table, range)};
  if (format == "json") return Response::json(200, table_json(table, range, next));
  const auto width = whole_number(target.find("width").value_or("0"));
  if (!width) throw InputError("width: expected a number of columns");
  return Response::text(200, table_text(table, *width, range));
}

/// The same request with another cursor.
std::string next_target(const Query& query, const Target& target, const std::string& cursor) {
  std::string text = kPath + encode_component(query.rollup) + '?';
  for (const auto& [name, value] : target.parameters)
    if (name != "cursor") text += encode_component(name) + '=' + encode_component(value) + '&';
  return text + "cursor=" + cursor;
}

Response answer(Services& services, const RequestHead& head, const std::string& rollup) {
  const Target& target = *head.target;
  check_parameters(target,
                   {"where", "from", "to", "every", "by", "columns", "format", "limit", "cursor", "width", "sink"});
  const std::string format = wanted_format(head, {"json", "csv", "ndjson", "table"});
  const Instant now = services.host.now();
  const auto limit = page_size(head, services.limits);
  Query query = query_of(rollup, target, now);
  PageCursor end{fingerprint(query), query.from, query.to, std::nullopt, {}};
  std::optional<PageCursor> begin;
  if (const auto text = target.find("cursor")) {
    begin = go_on(query, *text);
    end.from = begin->from;
    end.to = begin->to;
  }
  const Table table = services.host.engine().query(query, now, sink_url_of(services, target));
  RowRange range{0, table.rows.size()};
  if (begin) {
    const auto behind = row_behind(table, *begin);
    if (!behind) return Response::error(410, "the rows around this cursor are gone; begin again without it");
    range.begin = *behind;
  }
  std::string next;
  if (limit && range.end - range.begin > *limit) {
    range.end = range.begin + *limit;
    end.last = key_of(table, range.end - 1);
    const Value first = table.rows[range.end - 1][0];
    if (table.key_columns > 0 && table.columns[0] == "bucket_start") end.window = first.instant();
    next = encode_cursor(end);
  }
  Response response =
      rendered(table, range, format, target, limit ? std::optional<std::string_view>(next) : std::nullopt);
  if (!next.empty()) response.headers.emplace_back("Link", '<' + next_target(query, target, next) + ">; rel=\"next\"");
  for (const std::string& note : table.notes) response.headers.emplace_back("Tidemark-Note", note);
  return response;
}

}  // namespace

Route rollup_route(Services& services) {
  Route route;
  route.name = route.pattern = "/api/v1/rollups/{name}";
  route.scope = Scope::read;
  route.handle = [&services](const Request& request, const PathValues& values) {
    return answer(services, request.head, values.front());
  };
  return route;
}

}  // namespace tidemark::http
