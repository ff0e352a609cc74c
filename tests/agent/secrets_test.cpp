#include "agent/secrets.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <stdlib.h>

#include <tidemark/errors.hpp>

using namespace tidemark;
using namespace tidemark::agent;
using Catch::Contains;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidemark-secrets-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, std::string_view content, bool for_all = false) const {
    const auto path = path_ / name;
    std::ofstream(path, std::ios::binary) << content;
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms::owner_read | (for_all ? perms::others_read : perms::none));
    return path.string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

Config with_token(const std::string& path) {
  Config config;
  config.tokens.push_back({"ci", path});
  return config;
}

}  // namespace

TEST_CASE("a secret is its file without the line break at its end") {
  const Folder folder;
  CHECK(read_secrets(with_token(folder.file("a", "s3cret"))).tokens[0].value == "s3cret");
  CHECK(read_secrets(with_token(folder.file("b", "s3cret\n"))).tokens[0].value == "s3cret");
  CHECK(read_secrets(with_token(folder.file("c", "s3cret\r\n"))).tokens[0].value == "s3cret");
  CHECK(read_secrets(with_token(folder.file("d", " s3cret "))).tokens[0].value == " s3cret ");
}

TEST_CASE("a secret that cannot be one is refused with its key and file, and not repeated") {
  const Folder folder;
  CHECK_THROWS_WITH(read_secrets(with_token(folder.path("none"))),
                    Contains("tokens.ci.file: ") && Contains("No such file"));
  CHECK_THROWS_WITH(read_secrets(with_token(folder.file("empty", "\n"))), Contains("found an empty file"));
  CHECK_THROWS_WITH(read_secrets(with_token(folder.file("two", "s3cret\nmore\n"))),
                    Contains("expected one line") && !Contains("s3cret"));
  CHECK_THROWS_WITH(read_secrets(with_token(folder.file("long", std::string(5000, 'x')))),
                    Contains("at most 4096 bytes"));
  CHECK_THROWS_WITH(read_secrets(with_token(folder.path(""))), Contains("expected a file"));
}

TEST_CASE("a file that every user can read is warned of") {
  const Folder folder;
  CHECK(read_secrets(with_token(folder.file("mine", "x"))).warnings.empty());
  const Secrets open = read_secrets(with_token(folder.file("open", "x", true)));
  REQUIRE(open.warnings.size() == 1);
  CHECK_THAT(open.warnings[0], Contains("every user of this machine can read it"));
}

TEST_CASE("a sink's password goes into its URL, whatever it is made of") {
  const Folder folder;
  Config config;
  config.sinks.push_back({"w", "postgresql://u@h/d?schema=x", folder.file("p", "a b/?&@é\n"), {}});
  config.github.secret_files = {folder.file("new", "n"), folder.file("old", "o")};
  const Secrets secrets = read_secrets(config);
  CHECK(secrets.sinks[0].url == "postgresql://u@h/d?schema=x&password=a%20b%2F%3F%26%40%C3%A9");
  CHECK(secrets.github == std::vector<std::string>{"n", "o"});
  CHECK(url_with_password("postgresql://h", "p") == "postgresql://h?password=p");
}
