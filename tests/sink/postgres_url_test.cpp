#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "sink/postgres_errors.hpp"
#include "sink/postgres_url.hpp"
#include "sink/samples.hpp"
#include "sink/sink.hpp"

using namespace tidemark;

TEST_CASE("a PostgreSQL URL names a place, without secrets") {
  const auto name = [](const std::string& url) { return parse_postgres_url(url).name; };
  CHECK(name("postgresql://db.example/ci") == "postgresql://db.example/ci?schema=tidemark");
  CHECK(name("postgres://me:secret@DB.example:5432/ci?sslmode=require") ==
        "postgresql://db.example/ci?schema=tidemark");
  CHECK(name("postgresql://db.example:6000/ci?schema=fleet&sslmode=disable") ==
        "postgresql://db.example:6000/ci?schema=fleet");
  CHECK(name("postgresql:///ci?host=/run/pg&schema=a%20b") == "postgresql://%2Frun%2Fpg/ci?schema=a%20b");
  CHECK(name("postgresql://me@a,b/ci") == "postgresql://a,b/ci?schema=tidemark");
  CHECK(name("postgresql://a:1,b:2/ci") == "postgresql://a,b:1,2/ci?schema=tidemark");
}

TEST_CASE("schema= is taken out of the URL that libpq gets") {
  const auto libpq = [](const std::string& url) { return parse_postgres_url(url).libpq; };
  CHECK(libpq("postgresql://h/d?schema=x") == "postgresql://h/d");
  CHECK(libpq("postgresql://h/d?connect_timeout=1&schema=x&sslmode=disable") ==
        "postgresql://h/d?connect_timeout=1&sslmode=disable");
  CHECK(libpq("postgresql://me:wh?t@h/d?schema=x") == "postgresql://me:wh?t@h/d");
}

TEST_CASE("a bad PostgreSQL URL is refused without repeating it") {
  for (const char* url :
       {"postgresql://me:hunter22%ZZ@h/d", "postgresql://h/d?hunter22=1", "postgresql://[::1/hunter22",
        "postgresql://h/d?schema=", "postgresql://h/d?schema=pg_catalog", "postgresql://h/d?schema=%zz"}) {
    INFO(url);
    try {
      parse_postgres_url(url);
      FAIL("it was taken");
    } catch (const InputError& e) {
      CHECK_THAT(e.what(), !Catch::Contains("hunter22"));
    }
  }
  CHECK_THROWS_AS(open_sink("mysql://h/d", samples::sample_schema(), 1), InputError);
}

TEST_CASE("secrets are taken out of messages, as written and as decoded") {
  const PostgresUrl url = parse_postgres_url("postgresql://me:p%40ss%2Fword@h/d");
  CHECK(without_secrets("p@ss/word, p%40ss%2Fword", url.secrets) == "***, ***");
}

TEST_CASE("PostgreSQL's error codes are told apart") {
  using Kind = SinkError::Kind;
  for (const char* code :
       {"", "08006", "57P01", "57P03", "40001", "40P01", "53100", "53300", "57014", "55P03", "25006"})
    CHECK(kind_of_sqlstate(code) == Kind::transient);
  for (const char* code : {"28P01", "28000", "42501", "3D000", "42P01", "42703", "0A000", "57P04"})
    CHECK(kind_of_sqlstate(code) == Kind::permanent);
  for (const char* code : {"22021", "22003", "23502", "23514", "54000"}) CHECK(kind_of_sqlstate(code) == Kind::row);
  CHECK(kind_of_connect_message("SSL error: certificate verify failed") == Kind::permanent);
  CHECK(kind_of_connect_message("Connection refused") == Kind::transient);
}

TEST_CASE("the error code is found in libpq's verbose message, in any language") {
  std::string message =
      "connection to server failed: FATAL:  28P01: Passwort-Authentifizierung fehlgeschlagen\n"
      "LOCATION:  auth_failed, auth.c:335\n";
  CHECK(take_sqlstate(message) == "28P01");
  CHECK(message == "connection to server failed: FATAL:  Passwort-Authentifizierung fehlgeschlagen\n");
  std::string plain = "could not translate host name: Name or service not known";
  CHECK(take_sqlstate(plain).empty());
}
