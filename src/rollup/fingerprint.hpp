#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/span_columns.hpp"

namespace tidemark {

/// 32 bits that tell whether a redelivered span says the same as the accepted one. A sum over the fields that are
/// present, each mixed with its name, so that neither the order of declarations nor fields that are declared later
/// matter. docs/format.md, "Identities".
class Fingerprinter {
 public:
  explicit Fingerprinter(const Schema& schema);

  /// `values`: one span's, in the order of the source's fields. `text_hashes`: of the texts that they refer to.
  std::uint32_t of(int source, std::span<const std::int64_t> values, const std::vector<std::uint32_t>& text_hashes) const;
  /// Of every span of `columns`.
  std::vector<std::uint32_t> of(const SpanColumns& columns, const std::vector<std::uint32_t>& text_hashes) const;

  static std::vector<std::uint32_t> hash_texts(const std::vector<std::string_view>& texts);

 private:
  struct Field {
    std::uint64_t salt;
    bool text;
    bool stored;
  };
  std::vector<std::vector<Field>> sources_;
};

}  // namespace tidemark
