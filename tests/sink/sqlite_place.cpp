#include "sink/sqlite_place.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace tidemark::conformance {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tidemark_sqlite_XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::vector<std::string>> sqlite_sql(const std::filesystem::path& path, const std::string& text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  using Rows = std::vector<std::vector<std::string>>;
  Rows rows;
  const auto take = [](void* to, int n, char** values, char**) {
    auto& row = static_cast<Rows*>(to)->emplace_back();
    for (int i = 0; i < n; ++i) row.emplace_back(values[i] == nullptr ? "NULL" : values[i]);
    return 0;
  };
  char* message = nullptr;
  const int code = sqlite3_exec(db, text.c_str(), take, &rows, &message);
  INFO((message == nullptr ? "" : message));
  CHECK(code == SQLITE_OK);
  sqlite3_free(message);
  sqlite3_close(db);
  return rows;
}

}  // namespace tidemark::conformance
