#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <tidemark/engine.hpp>

#include "store/kv.hpp"

/// docs/format.md ends with an example, byte by byte. Here its definitions and spans are taken in, and its bytes compared.
namespace tidemark {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("tidemark-format-" + std::to_string(std::random_device{}()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

std::string example() {
  std::ifstream in(std::string(TIDEMARK_SOURCE_DIR) + "/docs/format.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const std::size_t begin = all.find("\n## An example");
  REQUIRE(begin != std::string::npos);
  return all.substr(begin, all.find("\n## ", begin + 1) - begin);
}

std::string fenced(const std::string& text, const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const std::size_t begin = text.find(fence);
  REQUIRE(begin != std::string::npos);
  return text.substr(begin + fence.size(), text.find("```", begin + 3) - begin - fence.size());
}

bool is_hex(const std::string& word) {
  return word.size() % 2 == 0 && word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The bytes at the head of the indented lines that follow `title`, up to the next text.
std::string bytes_after(const std::string& text, const std::string& title) {
  const std::size_t at = text.find(title);
  REQUIRE(at != std::string::npos);
  std::istringstream lines(text.substr(text.find("\n\n", at) + 2));
  std::string bytes;
  for (std::string line; std::getline(lines, line) && line.starts_with("    ");) {
    std::istringstream words(line);
    for (std::string word; words >> word && is_hex(word);) bytes += word;
  }
  return bytes;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string first_value(const KvStore& kv, Family family) {
  const auto cursor = kv.cursor(family);
  cursor->seek({});
  REQUIRE(cursor->valid());
  return hex(cursor->value());
}

}  // namespace

TEST_CASE("a store holds the bytes of the example in docs/format.md") {
  const std::string text = example();
  const Folder folder;
  std::ofstream(folder.path / "deploy.toml") << fenced(text, "toml");
  EngineOptions options;
  options.store_path = (folder.path / "store").string();
  options.schema_paths = {(folder.path / "deploy.toml").string()};
  const Instant now{1'767'225'900'000'000};  // 2026-01-01T00:05:00Z
  {
    const auto engine = Engine::open(options, now);
    IngestContext context;
    context.now = now;
    REQUIRE(engine->ingest(fenced(text, "json"), context).accepted == 3);
    engine->recompute(now);
    engine->close();
  }
  KvOptions read_only;
  read_only.read_only = true;
  const auto kv = open_rocksdb(options.store_path, read_only);
  CHECK(first_value(*kv, Family::log) == bytes_after(text, "`log`, key"));
  CHECK(first_value(*kv, Family::buckets) == bytes_after(text, "`buckets`, key"));
  CHECK(first_value(*kv, Family::computed) == bytes_after(text, "`computed`, the same key"));
  const auto identities = kv->cursor(Family::identities);
  identities->seek({});
  REQUIRE(identities->valid());
  CHECK(text.find("`" + hex(identities->value()).substr(0, 8) + "` keep until") != std::string::npos);
  CHECK(text.find("`" + hex(identities->value()).substr(8) + "`\nfingerprint") != std::string::npos);
  CHECK(text.find(hex(identities->key())) != std::string::npos);
}

}  // namespace tidemark
