#include "store/recent_catalog.hpp"

#include <tidemark/errors.hpp>

#include "model/predicate_text.hpp"

namespace tidemark {
namespace {

std::string key_of(RecentId id) {
  std::string key(1, kRecentDefinitions);
  put_big_endian(key, id);
  return key;
}

void add_fields(std::string& text, const char* what, const SourceDef& source, const std::vector<int>& fields) {
  text += std::string("\n") + what;
  for (const int f : fields) {
    const FieldDef& field = source.fields[static_cast<std::size_t>(f)];
    text += " " + field.name + ":" + std::string(name_of(field.type));
    if (is_measure(field.type)) text += "/" + std::to_string(field.divisor);
  }
}

RecentRecord parse_record(std::string_view key, std::string_view value) {
  ByteReader key_in(key);
  key_in.u8();
  RecentRecord record;
  record.id = key_in.big_endian<RecentId>();
  ByteReader in(value);
  if (const std::uint8_t version = in.u8(); version != kRecentVersion)
    throw StoreError("the definition of a recent in the store has version " + std::to_string(version) +
                     "; use a newer version of Tidemark");
  record.name = in.text();
  record.meaning = in.text();
  record.keep = static_cast<std::uint32_t>(in.varint());
  if (const std::uint64_t window = in.varint(); window != 0) record.window = Micros{static_cast<std::int64_t>(window)};
  record.fill_next = in.varint();
  record.fill_end = in.varint();
  return record;
}

}  // namespace

std::string recent_meaning(const Schema& schema, const RecentDef& recent) {
  const SourceDef& source = schema.sources[static_cast<std::size_t>(recent.source)];
  std::string text = "source " + source.name;
  add_fields(text, "per", source, recent.per);
  add_fields(text, "item", source, recent.item);
  add_fields(text, "columns", source, recent.columns);
  if (!recent.where.always()) text += "\nwhere " + format_predicate(recent.where, source);
  return text;
}

std::vector<RecentRecord> load_recent_records(const KvStore& kv) {
  std::vector<RecentRecord> records;
  const std::string prefix(1, kRecentDefinitions);
  const auto cursor = kv.cursor(Family::recents);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
    records.push_back(parse_record(cursor->key(), cursor->value()));
  return records;
}

void put_recent_record(KvBatch& batch, const RecentRecord& record) {
  std::string value;
  put_u8(value, kRecentVersion);
  put_text(value, record.name);
  put_text(value, record.meaning);
  put_varint(value, record.keep);
  put_varint(value, record.window ? static_cast<std::uint64_t>(record.window->count) : 0);
  put_varint(value, record.fill_next);
  put_varint(value, record.fill_end);
  batch.put(Family::recents, key_of(record.id), value);
}

void erase_recent_record(KvBatch& batch, RecentId id) { batch.erase(Family::recents, key_of(id)); }

std::vector<std::optional<RecentId>> recent_ids(const KvStore& kv, const Schema& schema) {
  std::vector<std::optional<RecentId>> ids(schema.recents.size());
  if (ids.empty()) return ids;
  for (const RecentRecord& record : load_recent_records(kv)) {
    const int recent = schema.recent_index(record.name);
    if (recent < 0) continue;
    const auto index = static_cast<std::size_t>(recent);
    if (recent_meaning(schema, schema.recents[index]) == record.meaning) ids[index] = record.id;
  }
  return ids;
}

}  // namespace tidemark
