#include "rollup/fingerprint.hpp"

#include <zlib.h>

namespace tidemark {
namespace {

std::uint32_t crc(std::string_view text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

/// splitmix64's finalizer (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t v) {
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u;
  v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
  return v ^ (v >> 31);
}

}  // namespace

Fingerprinter::Fingerprinter(const Schema& schema) {
  for (const SourceDef& source : schema.sources) {
    std::vector<Field> fields;
    for (const FieldDef& field : source.fields)
      fields.push_back({mix(crc(field.name) + 1), is_text(field.type), !field.derived});
    sources_.push_back(std::move(fields));
  }
}

std::uint32_t Fingerprinter::of(int source, std::span<const std::int64_t> values,
                                const std::vector<std::uint32_t>& text_hashes) const {
  std::uint64_t sum = 0;
  const auto& fields = sources_[static_cast<std::size_t>(source)];
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (values[f] == kNull || !fields[f].stored) continue;
    const std::uint64_t value = fields[f].text ? text_hashes[static_cast<std::size_t>(values[f])]
                                               : static_cast<std::uint64_t>(values[f]);
    sum += mix(value ^ fields[f].salt);
  }
  return static_cast<std::uint32_t>(sum >> 32);
}

std::vector<std::uint32_t> Fingerprinter::of(const SpanColumns& columns,
                                             const std::vector<std::uint32_t>& text_hashes) const {
  std::vector<std::uint32_t> result(columns.size());
  std::vector<std::int64_t> values(columns.fields.size());
  for (std::size_t row = 0; row < result.size(); ++row) {
    for (std::size_t f = 0; f < values.size(); ++f) values[f] = columns.fields[f][row];
    result[row] = of(columns.source, values, text_hashes);
  }
  return result;
}

std::vector<std::uint32_t> Fingerprinter::hash_texts(const std::vector<std::string_view>& texts) {
  std::vector<std::uint32_t> hashes;
  hashes.reserve(texts.size());
  for (const std::string_view text : texts) hashes.push_back(crc(text));
  return hashes;
}

}  // namespace tidemark
