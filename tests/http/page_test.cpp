#include "http/page.hpp"

#include <catch2/catch.hpp>

#include "model/rows_builder.hpp"
#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::http;

namespace {

/// A window, a dimension and a count a row.
Table table_of(const std::vector<std::pair<std::int64_t, std::string>>& keys) {
  Table table;
  table.columns = {"bucket_start", "owner", "n"};
  table.key_columns = 2;
  RowsBuilder builder(3);
  std::vector<std::uint32_t> order;
  for (const auto& [window, owner] : keys) {
    order.push_back(static_cast<std::uint32_t>(order.size()));
    auto row = builder.add_row();
    row.put(builder.copy(Value(Instant{window})));
    row.put(builder.copy(Value(std::string_view(owner))));
    row.put(builder.copy(Value(order.size())));
  }
  table.rows = builder.finish(order);
  return table;
}

}  // namespace

TEST_CASE("a cursor reads back as it was written") {
  test::check_property([](std::int64_t from, std::int64_t window, bool has_to) {
    PageCursor cursor{digest_of("a"), Instant{from}, std::nullopt, Instant{window}, digest_of("b")};
    if (has_to) cursor.to = Instant{7};
    const auto read = decode_cursor(encode_cursor(cursor));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->query == cursor.query);
    RC_ASSERT(read->from == cursor.from);
    RC_ASSERT(read->to == cursor.to);
    RC_ASSERT(read->window == cursor.window);
    RC_ASSERT(read->last == cursor.last);
  });
}

TEST_CASE("what is no cursor is none") {
  std::string text = encode_cursor({});
  CHECK(decode_cursor(text));
  CHECK_FALSE(decode_cursor(""));
  CHECK_FALSE(decode_cursor(text.substr(2)));
  CHECK_FALSE(decode_cursor("02" + text.substr(2)));
  text[10] = 'g';
  CHECK_FALSE(decode_cursor(text));
}

TEST_CASE("a page begins behind the last row of the one before, also when rows came before it") {
  const Table before = table_of({{0, "a"}, {0, "c"}, {1, "a"}});
  PageCursor cursor;
  cursor.window = Instant{0};
  cursor.last = key_of(before, 1);
  CHECK(row_behind(before, cursor) == 2);
  CHECK(row_behind(table_of({{0, "a"}, {0, "b"}, {0, "c"}, {1, "a"}}), cursor) == 3);
  CHECK_FALSE(row_behind(table_of({{0, "a"}, {1, "c"}}), cursor));
}

TEST_CASE("cursors belong to one query, whenever it is asked") {
  Query query;
  query.rollup = "r";
  query.where = {{"a", "b"}};
  Query other = query;
  other.from = Instant{1};
  CHECK(fingerprint(query) == fingerprint(other));
  other.where = {{"ab", ""}};
  CHECK(fingerprint(query) != fingerprint(other));
  other = query;
  other.by = std::vector<std::string>{};
  CHECK(fingerprint(query) != fingerprint(other));
  other.columns = {"c"};
  CHECK(fingerprint(query) != fingerprint(other));
}
