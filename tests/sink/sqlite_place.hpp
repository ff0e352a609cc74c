#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sink/conformance.hpp"

namespace tidemark::conformance {

/// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Runs SQL on a file; the rows as text.
std::vector<std::vector<std::string>> sqlite_sql(const std::filesystem::path& path, const std::string& text);

/// A file of its own.
class SqlitePlace final : public Place {
 public:
  std::unique_ptr<Sink> open(SchemaPtr schema, std::int64_t version) override {
    return open_sink("sqlite:" + path().string(), std::move(schema), version);
  }
  std::vector<std::vector<std::string>> sql(const std::string& text) override { return sqlite_sql(path(), text); }
  std::string table(const std::string& rollup) const override { return "\"" + rollup + "\""; }
  std::filesystem::path path() const { return folder_ / "ci.db"; }

 private:
  TemporaryFolder folder_;
};

}  // namespace tidemark::conformance
