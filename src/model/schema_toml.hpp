#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "model/schema.hpp"

namespace tidemark {

/// One file of definitions, read already. `name` is what messages call it.
struct SchemaText {
  std::string name;
  std::string text;
};

/// Limits of definitions. Past each is an error that names it.
struct SchemaLimits {
  static constexpr std::size_t kFileBytes = 1u << 20;
  static constexpr std::size_t kSources = 64;
  static constexpr std::size_t kFields = 128;     ///< Of one source.
  static constexpr std::size_t kAttributes = 16;  ///< Of one field, and of one OTLP match.
  static constexpr std::size_t kRollups = 256;
  static constexpr std::size_t kDimensions = 16;  ///< Of one rollup.
  static constexpr std::size_t kColumns = 256;    ///< Of one rollup.
  static constexpr std::size_t kPatterns = 64;    ///< Of one guard's `allow`.
  static constexpr std::size_t kGuardLimit = 1'000'000;
  static constexpr std::size_t kTables = 64;
  static constexpr std::size_t kAttributesOfTable = 64;
  static constexpr std::size_t kViews = 256;
  static constexpr std::size_t kRowSets = 256;     ///< Of one view.
  static constexpr std::size_t kWindows = 10'000;  ///< Of a view that has those without buckets, too.
  static constexpr std::size_t kRows = 1'000'000;  ///< Of one view, and of one dimension table.
  static constexpr std::size_t kRecents = 64;
  static constexpr std::size_t kKeep = 10'000;  ///< Things of one group of a recent.
  static constexpr std::size_t kNameBytes = 63;  ///< PostgreSQL's longest identifier.
};

/// Reads definitions written in TOML; docs/schema.md is the language. Several files make one schema: a rollup may use
/// a source of another file. Sources, fields, rollups and columns keep the order in which they are written.
/// Errors:  InputError, `file:line: [rollup.x.columns] p95: expected …, found …`; the first one found. A name that is
///          declared twice names both places.
/// Threads: any; pure.
SchemaPtr parse_schema(const std::vector<SchemaText>& files);

/// Normalised TOML that parse_schema reads back as an equal schema: equal definitions give equal texts, however they
/// were written. A store keeps this.
std::string format_schema(const Schema& schema);

}  // namespace tidemark
