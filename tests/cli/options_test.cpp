#include "cli/options.hpp"

#include <catch2/catch.hpp>

#include "cli/common_options.hpp"

using namespace tidemark;
using namespace tidemark::cli;

namespace {

OptionSet example() {
  OptionSet set("FILE…", "An example.");
  set.value("store", "DIR", "Where.\nMore of it.").values("where", "D=V", "What.").flag("quiet", "No word.");
  set.positionals("FILE…", 1, 2);
  return set;
}

std::string message_of(const std::vector<std::string>& words) {
  try {
    example().parse(words);
  } catch (const UsageError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("options in both spellings, between positionals, and after --") {
  const Arguments a = example().parse({"--store", "x", "f", "--where=a=1", "--where", "b=2", "--quiet", "--", "--g"});
  CHECK(a.find("store") == "x");
  CHECK(a.all("where") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(a.has("quiet"));
  CHECK(a.positionals() == std::vector<std::string>{"f", "--g"});
  CHECK_FALSE(a.find("schema"));
}

TEST_CASE("a lone dash is a positional, and a value may begin with a dash or be empty") {
  const Arguments a = example().parse({"-", "--store", "-7d", "--where", ""});
  CHECK(a.positionals() == std::vector<std::string>{"-"});
  CHECK(a.find("store") == "-7d");
  CHECK(a.all("where") == std::vector<std::string>{""});
}

TEST_CASE("a wrong command line is refused with what is wrong") {
  CHECK(message_of({"f", "--frob"}) == "unrecognised option '--frob'");
  CHECK(message_of({"f", "--stor", "x"}) == "unrecognised option '--stor'");
  CHECK(message_of({"f", "--store"}) == "the required argument for option '--store' is missing");
  CHECK(message_of({"f", "--store", "--quiet"}) == "the required argument for option '--store' is missing");
  CHECK(message_of({"f", "--store", "a", "--store", "b"}) == "--store is given more than once");
  CHECK(message_of({}) == "expected FILE…");
  CHECK(message_of({"a", "b", "c"}) == "too many arguments; expected FILE…");
  CHECK(message_of({"--help"}) == "no error");
}

TEST_CASE("counts and choices say what was expected") {
  OptionSet set("", "");
  set.value("n", "N", "").value("kind", "K", "");
  CHECK(set.parse({"--n", "12"}).count("n", 5) == 12);
  CHECK(set.parse({}).count("n", 5) == 5);
  for (const char* wrong : {"-1", "1.5", "", "12x", "99999999999999999999999"}) {
    CHECK_THROWS_AS(set.parse({"--n", wrong}).count("n", 5), UsageError);
  }
  CHECK_THROWS_WITH(set.parse({"--n", "0"}).count("n", 5, 1), "--n: expected a whole number of at least 1, found '0'");
  CHECK(set.parse({"--kind", "b"}).choice("kind", "a", {"a", "b"}) == "b");
  CHECK_THROWS_WITH(set.parse({"--kind", "c"}).choice("kind", "a", {"a", "b"}),
                    "--kind: expected one of a, b, found 'c'");
}

TEST_CASE("help shows every option once, aligned, with --help last") {
  CHECK(example().help("try") ==
        "usage: tidemark try FILE…\n\nAn example.\n\noptions:\n"
        "  --store DIR  Where.\n"
        "               More of it.\n"
        "  --where D=V  What.\n"
        "  --quiet      No word.\n"
        "  --help       Show this help.\n");
}

TEST_CASE("a password in a sink's URL is seen, wherever it is") {
  CHECK(has_password("postgresql://user:secret@host/db"));
  CHECK(has_password("postgres://user:@host/db"));
  CHECK(has_password("postgresql://user:with/slash@host/db"));
  CHECK(has_password("postgresql://host/db?sslmode=require&password=secret"));
  CHECK(has_password("postgresql:///db?sslpassword=secret"));
  CHECK_FALSE(has_password("postgresql://user@host:5432/db?schema=ci"));
  CHECK_FALSE(has_password("postgresql:///db?host=/run/postgresql"));
  CHECK_FALSE(has_password("sqlite:a:b@c"));
}

TEST_CASE("assignments are split at their first equals sign") {
  CHECK(split_assignment("--where", "labels=a=b") == std::pair<std::string, std::string>("labels", "a=b"));
  CHECK(split_assignment("--where", "owner=") == std::pair<std::string, std::string>("owner", ""));
  CHECK_THROWS_WITH(split_assignment("--where", "owner"), "--where: expected NAME=VALUE, found 'owner'");
  CHECK_THROWS_AS(split_assignment("--where", "=x"), UsageError);
}
