#include "engine/schema_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <tidemark/errors.hpp>

#include "model/shipped_schema.hpp"

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

namespace fs = std::filesystem;

SchemaText read_one(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) throw InputError("cannot read the definitions " + path.string() + ": " + error.message());
  if (size > SchemaLimits::kFileBytes)
    throw InputError("the definitions " + path.string() + " are larger than " +
                     std::to_string(SchemaLimits::kFileBytes) + " bytes");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw InputError("cannot read the definitions " + path.string());
  return {path.string(), text.str()};
}

}  // namespace

std::vector<SchemaText> read_schema_files(const std::vector<std::string>& paths) {
  std::vector<SchemaText> texts;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      texts.push_back(read_one(path));
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path, error))
      if (entry.path().extension() == ".toml") files.push_back(entry.path());
    if (files.empty()) throw InputError("the folder " + path + " holds no *.toml file");
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) texts.push_back(read_one(file));
  }
  return texts;
}

SchemaPtr shipped_schema() {
  std::vector<SchemaText> texts(1);
  texts[0].name = "schemas/ci.toml (built in)";
  texts[0].text = kShippedCiToml;
  return parse_schema(texts);
}

SchemaPtr read_or_shipped_schema(const std::vector<std::string>& paths) {
  return paths.empty() ? shipped_schema() : parse_schema(read_schema_files(paths));
}

}  // namespace tidemark
