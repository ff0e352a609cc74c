#include "store/block.hpp"

#include <zlib.h>

#include <algorithm>

#include "store/column_codec.hpp"

namespace tidemark {
namespace {

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(::crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// Instants other than the source's time are stored as their distance before it, which is small.
bool relative_to_time(const SourceDef& source, std::size_t field) {
  return source.fields[field].type == FieldType::instant && static_cast<int>(field) != source.time_field;
}

void to_distance(std::vector<std::int64_t>& values, const std::vector<std::int64_t>& times) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != kNull) values[i] = times[i] - values[i];
}

/// Ids that repeat: the distinct ones ascending, then each span's position among them.
void encode_ids(const std::vector<std::uint64_t>& ids, std::string& out) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted;
  sorted.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) sorted.emplace_back(ids[i], static_cast<std::uint32_t>(i));
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint64_t> steps;  // from each distinct id to the next
  std::vector<std::int64_t> positions(ids.size());
  std::uint64_t previous = 0;
  for (const auto& [id, span] : sorted) {
    if (steps.empty() || id != previous) steps.push_back(id - previous);
    previous = id;
    positions[span] = static_cast<std::int64_t>(steps.size()) - 1;
  }
  put_varint(out, steps.size());
  for (const std::uint64_t step : steps) put_varint(out, step);
  encode_column(positions, out);
}

std::vector<std::uint64_t> decode_ids(ByteReader& in, std::size_t n) {
  std::vector<std::uint64_t> distinct(in.count());
  std::uint64_t id = 0;
  for (std::uint64_t& d : distinct) d = id += in.varint();
  std::vector<std::int64_t> positions;
  decode_column(in, n, positions);
  std::vector<std::uint64_t> ids(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (static_cast<std::uint64_t>(positions[i]) >= distinct.size())
      throw StoreError("a block of the log has a damaged dimensions column");
    ids[i] = distinct[static_cast<std::size_t>(positions[i])];
  }
  return ids;
}

void encode_source(const SpanColumns& columns, const SchemaMap& map, std::string& out) {
  const SourceDef& source = map.schema().sources[static_cast<std::size_t>(columns.source)];
  put_varint(out, map.source_id(columns.source));
  put_varint(out, columns.size());
  for (const Digest& identity : columns.identities) out.append(identity.view());

  const auto& times = columns.fields[static_cast<std::size_t>(source.time_field)];
  const auto stored = std::count_if(source.fields.begin(), source.fields.end(), [](const auto& f) { return !f.derived; });
  encode_column(times, out);
  put_varint(out, static_cast<std::uint64_t>(stored - 1));
  std::vector<std::int64_t> distances;
  for (std::size_t f = 0; f < source.fields.size(); ++f) {
    if (source.fields[f].derived || static_cast<int>(f) == source.time_field) continue;
    put_varint(out, map.field_id(columns.source, static_cast<int>(f)));
    if (!relative_to_time(source, f)) {
      encode_column(columns.fields[f], out);
      continue;
    }
    distances = columns.fields[f];
    to_distance(distances, times);
    encode_column(distances, out);
  }

  const auto& rollups = map.rollups_of(columns.source);
  put_varint(out, rollups.size());
  for (std::size_t r = 0; r < rollups.size(); ++r) {
    put_varint(out, map.rollup_id(rollups[r]));
    encode_ids(columns.dimensions[r], out);
  }
}

void decode_fields(ByteReader& in, std::size_t n, const SourceDef& source, const SchemaMap& map, SpanColumns& columns) {
  columns.fields.resize(source.fields.size());
  auto& times = columns.fields[static_cast<std::size_t>(source.time_field)];
  decode_column(in, n, times);
  for (std::size_t left = in.count(); left > 0; --left) {
    const int field = map.field_of(columns.source, in.varint());
    if (field < 0) throw StoreError("a block of the log has a field that the catalog does not know");
    auto& values = columns.fields[static_cast<std::size_t>(field)];
    decode_column(in, n, values);
    if (relative_to_time(source, static_cast<std::size_t>(field))) to_distance(values, times);
  }
  for (auto& values : columns.fields)
    if (values.empty()) values.assign(n, kNull);  // declared after this block was written
  derive_fields(source, columns);
}

SpanColumns decode_source(ByteReader& in, const SchemaMap& map) {
  SpanColumns columns;
  columns.source = map.source_of(in.varint());
  if (columns.source < 0) throw StoreError("a block of the log has a source that the catalog does not know");
  const std::size_t n = in.count();
  columns.identities.resize(n);
  const std::string_view digests = in.bytes(static_cast<std::uint64_t>(n) * sizeof(Digest));
  if (n > 0) std::memcpy(columns.identities.data(), digests.data(), digests.size());
  decode_fields(in, n, map.schema().sources[static_cast<std::size_t>(columns.source)], map, columns);

  const auto& rollups = map.rollups_of(columns.source);
  columns.dimensions.resize(rollups.size());
  for (std::size_t left = in.count(); left > 0; --left) {
    const int rollup = map.rollup_of(in.varint());
    auto ids = decode_ids(in, n);
    const auto at = std::find(rollups.begin(), rollups.end(), rollup);
    if (at != rollups.end()) columns.dimensions[static_cast<std::size_t>(at - rollups.begin())] = std::move(ids);
  }
  return columns;
}

}  // namespace

std::string encode_block(const Commit& commit, const SchemaMap& map) {
  std::string out;
  out.reserve(1024 + commit.spans() * 64);
  put_u8(out, kBlockVersion);
  put_signed(out, commit.accepted_at.us);
  put_varint(out, commit.texts.size());
  for (const std::string_view text : commit.texts) put_text(out, text);
  put_varint(out, commit.sources.size());
  for (const SpanColumns& columns : commit.sources) encode_source(columns, map, out);
  put_little_endian(out, checksum(out));
  return out;
}

Commit decode_block(std::string_view block, const SchemaMap& map) {
  if (block.size() < sizeof(std::uint32_t)) throw StoreError("a block of the log is cut short");
  const std::string_view content = block.substr(0, block.size() - sizeof(std::uint32_t));
  if (ByteReader(block.substr(content.size())).little_endian<std::uint32_t>() != checksum(content))
    throw StoreError("a block of the log is damaged: its checksum is wrong; restore a backup of the store");
  ByteReader in(content);
  const std::uint8_t version = in.u8();
  if (version != kBlockVersion)
    throw StoreError("a block of the log has version " + std::to_string(version) + "; use a newer version of Tidemark");
  Commit commit;
  commit.accepted_at.us = in.signed_varint();
  commit.texts.resize(in.count());
  for (std::string_view& text : commit.texts) text = in.text();
  commit.sources.resize(in.count());
  for (SpanColumns& columns : commit.sources) columns = decode_source(in, map);
  return commit;
}

BlockSummary summarize(const Commit& commit, const SchemaMap& map, std::uint64_t bytes) {
  BlockSummary summary;
  summary.accepted_at = commit.accepted_at;
  summary.bytes = bytes;
  for (const SpanColumns& columns : commit.sources) {
    const SourceDef& source = map.schema().sources[static_cast<std::size_t>(columns.source)];
    const auto& times = columns.fields[static_cast<std::size_t>(source.time_field)];
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    summary.sources.push_back({map.source_id(columns.source), columns.size(), Instant{*first}, Instant{*last}});
  }
  return summary;
}

std::string encode(const BlockSummary& summary) {
  std::string out;
  put_u8(out, kBlockVersion);
  put_signed(out, summary.accepted_at.us);
  put_varint(out, summary.bytes);
  put_varint(out, summary.sources.size());
  for (const BlockSummary::Source& s : summary.sources) {
    put_varint(out, s.id);
    put_varint(out, s.spans);
    put_signed(out, s.first.us);
    put_varint(out, static_cast<std::uint64_t>(s.last.us - s.first.us));
  }
  return out;
}

BlockSummary parse_block_summary(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kBlockVersion) throw StoreError("a summary in the log's index has an unknown version");
  BlockSummary summary;
  summary.accepted_at.us = in.signed_varint();
  summary.bytes = in.varint();
  summary.sources.resize(in.count());
  for (BlockSummary::Source& s : summary.sources) {
    s.id = static_cast<std::uint16_t>(in.varint());
    s.spans = in.varint();
    s.first.us = in.signed_varint();
    s.last.us = s.first.us + static_cast<std::int64_t>(in.varint());
  }
  return summary;
}

}  // namespace tidemark
