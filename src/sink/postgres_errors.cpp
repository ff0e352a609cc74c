#include "sink/postgres_errors.hpp"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

using Kind = SinkError::Kind;

struct Rule {
  std::string_view prefix;
  Kind kind;
  std::string_view advice;
};

/// The first rule whose prefix fits; more special ones come first.
constexpr std::array kRules = {
    Rule{"08", Kind::transient, "the connection was lost; it is tried again"},
    Rule{"25006", Kind::transient, "the server is read-only (a standby?); it is tried again"},
    Rule{"25P03", Kind::transient, "the transaction took too long; it is tried again"},
    Rule{"28", Kind::permanent, "check the user, the password and the server's pg_hba.conf"},
    Rule{"3D000", Kind::permanent, "create the database, or correct its name"},
    Rule{"40", Kind::transient, "another transaction was in the way; it is tried again"},
    Rule{"42501", Kind::permanent,
         "grant the role what it lacks, or have somebody run what `tidemark sync --ddl` prints"},
    Rule{"42P01", Kind::permanent, "run what `tidemark sync --ddl` prints, or let `tidemark sync` create it"},
    Rule{"42703", Kind::permanent, "run `tidemark sync` with a role that may add columns"},
    Rule{"42P10", Kind::permanent, "the table lacks its primary key; see what `tidemark sync --ddl` prints"},
    Rule{"42", Kind::permanent, "compare the tables with what `tidemark sync --ddl` prints"},
    Rule{"22", Kind::row, "a value does not fit its column"},
    Rule{"23", Kind::row, "a constraint forbids the row; compare the tables with what `tidemark sync --ddl` prints"},
    Rule{"54", Kind::row, "the row is beyond one of the server's limits"},
    Rule{"53100", Kind::transient, "the server's disk is full; make room, then it goes on by itself"},
    Rule{"53", Kind::transient, "the server lacks resources; it is tried again"},
    Rule{"55P03", Kind::transient, "a lock was not free; it is tried again"},
    Rule{"57014", Kind::transient, "the statement took too long or was cancelled; it is tried again"},
    Rule{"57P04", Kind::permanent, "the database was dropped"},
    Rule{"57P", Kind::transient, "the server is shutting down or starting; it is tried again"},
    Rule{"58", Kind::transient, "the server has a system error, see its log; it is tried again"},
    Rule{"XX", Kind::transient, "the server has an internal error, see its log; it is tried again"},
};

const Rule* rule_of(std::string_view sqlstate) {
  const auto* found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return sqlstate.starts_with(rule.prefix); });
  return found == kRules.end() ? nullptr : found;
}

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

SinkError::Kind kind_of_sqlstate(std::string_view sqlstate) {
  if (sqlstate.empty()) return Kind::transient;
  const Rule* rule = rule_of(sqlstate);
  return rule == nullptr ? Kind::permanent : rule->kind;
}

std::string_view advice_for(std::string_view sqlstate) {
  if (sqlstate.empty()) return "the connection was lost or refused; it is tried again";
  const Rule* rule = rule_of(sqlstate);
  return rule == nullptr ? "see the server's message" : rule->advice;
}

SinkError::Kind kind_of_connect_message(std::string_view message) {
  static constexpr std::array<std::string_view, 12> kPermanent = {
      "certificate", "server does not support SSL", "no password supplied", "invalid sslmode value", "private key file",
      "authentication method", "invalid connection option", "invalid port number", "definition of service",
      // of pgbouncer
      "authentication failed", "no such database", "no such user"};
  const bool permanent = std::any_of(kPermanent.begin(), kPermanent.end(), [&](std::string_view words) {
    return message.find(words) != std::string_view::npos;
  });
  return permanent ? Kind::permanent : Kind::transient;
}

std::string take_sqlstate(std::string& message) {
  for (std::size_t at = 0; (at = message.find(":  ", at)) != std::string::npos; at += 3) {
    std::string code = message.substr(at + 3, 5);
    if (!is_sqlstate(code) || message.compare(at + 8, 2, ": ") != 0) continue;
    message.erase(at + 3, 7);
    if (const std::size_t location = message.find("\nLOCATION:"); location != std::string::npos)
      message.erase(location, message.find('\n', location + 1) - location);
    return code;
  }
  return {};
}

}  // namespace tidemark
