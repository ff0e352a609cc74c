#include "store/recent_record.hpp"

#include <algorithm>
#include <unordered_set>

#include <tidemark/errors.hpp>

#include "model/key.hpp"
#include "model/span_batch.hpp"

namespace tidemark {
namespace {

const FieldDef& field_of(const SourceDef& source, int field) { return source.fields[static_cast<std::size_t>(field)]; }

Digest take_digest(ByteReader& in) {
  Digest digest;
  const std::string_view bytes = in.bytes(sizeof digest.bytes);
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

/// Moves `in` behind one value of such a column.
void skip_column(ByteReader& in, FieldType type) {
  if (in.u8() == 0) return;
  if (is_text(type))
    in.text();
  else
    in.signed_varint();
}

Cell take_column(ByteReader& in, const FieldDef& field) {
  if (in.u8() == 0) return {};
  if (field.type == FieldType::labels) return parse_labels(in.text());
  if (is_text(field.type)) return std::string(in.text());
  const std::int64_t value = in.signed_varint();
  if (field.type == FieldType::boolean) return value != 0;
  if (field.type == FieldType::instant) return Instant{value};
  return Decimal{value, field.divisor};
}

}  // namespace

std::vector<PackedUse> merge_uses(std::vector<PackedUse> uses, std::size_t keep) {
  std::stable_sort(uses.begin(), uses.end(), [](const PackedUse& a, const PackedUse& b) { return a.is_after(b); });
  std::unordered_set<std::string_view> seen;
  std::vector<std::size_t> last;
  for (std::size_t i = 0; i < uses.size() && last.size() < keep; ++i)
    if (seen.insert(uses[i].thing()).second) last.push_back(i);
  // Moved only now: the things are views into the uses.
  std::vector<PackedUse> merged;
  merged.reserve(last.size());
  for (const std::size_t i : last) merged.push_back(std::move(uses[i]));
  return merged;
}

std::string encode_recent_group(std::string_view group, const std::vector<PackedUse>& uses) {
  std::string out;
  put_u8(out, kRecentVersion);
  put_text(out, group);
  put_varint(out, uses.size());
  Instant before{0};
  for (const PackedUse& use : uses) {
    put_signed(out, before.us - use.used_at.us);
    before = use.used_at;
    out.append(use.identity.view());
    put_varint(out, use.sequence);
    put_text(out, use.item);
    out.append(use.columns);
  }
  return out;
}

RecentGroupReader::RecentGroupReader(std::string_view bytes, const SourceDef& source, const RecentDef& recent)
    : in_(bytes), source_(source), recent_(recent) {
  if (const std::uint8_t version = in_.u8(); version != kRecentVersion)
    throw StoreError("a record of the recent " + recent.name + " has version " + std::to_string(version) +
                     "; use a newer version of Tidemark");
  group_ = in_.text();
  left_ = in_.count();
}

PackedUse RecentGroupReader::next() {
  --left_;
  PackedUse use;
  use.used_at.us = before_.us - in_.signed_varint();
  before_ = use.used_at;
  use.identity = take_digest(in_);
  use.sequence = in_.varint();
  use.item = in_.text();
  const char* begin = in_.position();
  for (const int field : recent_.columns) skip_column(in_, field_of(source_, field).type);
  use.columns.assign(begin, static_cast<std::size_t>(in_.position() - begin));
  return use;
}

void put_recent_column(std::string& out, FieldType type, std::int64_t value, std::string_view text) {
  put_u8(out, value != kNull);
  if (value == kNull) return;
  if (is_text(type))
    put_text(out, text);
  else
    put_signed(out, value);
}

RecentUse unpack(const SourceDef& source, const RecentDef& recent, std::string_view group, const PackedUse& use) {
  RecentUse result;
  result.group = parse_key(group);
  result.group_key = key_digest(group);
  result.item = parse_key(use.item);
  result.item_key = use.item.empty() ? use.identity : key_digest(use.item);
  result.used_at = use.used_at;
  result.identity = use.identity;
  ByteReader columns(use.columns);
  for (const int field : recent.columns) result.columns.push_back(take_column(columns, field_of(source, field)));
  return result;
}

std::string recent_groups_of(RecentId id) {
  std::string key(1, kRecentGroups);
  put_big_endian(key, id);
  return key;
}

std::string recent_group_key(RecentId id, const Digest& group) { return recent_groups_of(id).append(group.view()); }

RecentId id_of_recent_group(std::string_view key) { return ByteReader(key.substr(1)).big_endian<RecentId>(); }

Digest digest_of_recent_group(std::string_view key) {
  ByteReader in(key);
  in.u8();
  in.big_endian<RecentId>();
  return take_digest(in);
}

std::string recent_marks_of(std::uint16_t sink) {
  std::string key(1, kRecentMarks);
  put_big_endian(key, sink);
  return key;
}

std::string encode(const RecentMark& mark) {
  std::string key = recent_marks_of(mark.sink);
  put_big_endian(key, mark.id);
  key.append(mark.group.view());
  put_big_endian(key, mark.from);
  return key;
}

RecentMark parse_recent_mark(std::string_view key) {
  ByteReader in(key);
  RecentMark mark;
  in.u8();
  mark.sink = in.big_endian<std::uint16_t>();
  mark.id = in.big_endian<RecentId>();
  mark.group = take_digest(in);
  mark.from = in.big_endian<std::uint64_t>();
  return mark;
}

}  // namespace tidemark
