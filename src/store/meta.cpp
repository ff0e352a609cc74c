#include "store/meta.hpp"

#include <algorithm>
#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <sstream>

namespace tidemark::meta {

template <class Archive>
void save(Archive& archive, const Sink& s) {
  archive(s.name, s.last_sync.has_value(), s.last_sync.value_or(Instant{}).us, s.marked);
}
template <class Archive>
void load(Archive& archive, Sink& s) {
  bool synced = false;
  std::int64_t us = 0;
  archive(s.name, synced, us, s.marked);
  if (synced) s.last_sync = Instant{us};
}

template <class Archive>
void serialize(Archive& archive, CheckIn::Point& p) {
  archive(p.nonce, p.confirmed, p.check_ins, p.position, p.spans);
}
template <class Archive>
void serialize(Archive& archive, CheckIn& c) {
  archive(c.epoch, c.points, c.rows, c.foreign);
}

namespace {

constexpr std::string_view kFormat = "format";
constexpr std::string_view kCatalog = "catalog";
constexpr std::string_view kAgent = "agent";
constexpr std::string_view kEpoch = "epoch";
constexpr std::string_view kEpochs = "epoch/";
constexpr std::string_view kSealed = "sealed";
constexpr std::string_view kSplit = "split";
constexpr std::string_view kPlace = "place";
constexpr std::string_view kTotals = "totals";
constexpr std::string_view kSinks = "sinks";
constexpr std::string_view kForgottenAt = "forgotten_at";
constexpr std::string_view kReceipt = "receipt/";
constexpr std::string_view kRunClaim = "run/";
constexpr std::uint32_t kColdRecordVersion = 1;

template <typename Record>
std::string to_bytes(const Record& record) {
  std::ostringstream out;
  {
    cereal::PortableBinaryOutputArchive archive(out);
    archive(kColdRecordVersion, record);
  }
  return out.str();
}

template <typename Record>
Record from_bytes(const std::optional<std::string>& bytes, std::string_view name) {
  Record record{};
  if (!bytes) return record;
  std::istringstream in(*bytes);
  try {
    cereal::PortableBinaryInputArchive archive(in);
    std::uint32_t version = 0;
    archive(version);
    if (version != kColdRecordVersion)
      throw StoreError("the store's record of " + std::string(name) + " has version " + std::to_string(version) +
                       "; use a newer version of Tidemark");
    archive(record);
  } catch (const StoreError&) {
    throw;
  } catch (const std::exception& e) {  // a damaged length may ask for any amount of memory
    throw StoreError("the store's record of " + std::string(name) + " is damaged: " + e.what());
  }
  return record;
}

std::string_view name_of(Reader reader) {
  switch (reader) {
    case Reader::checkpoint: return "position/checkpoint";
    case Reader::recompute: return "position/recompute";
  }
  return {};
}

template <typename Number>
std::string number(Number n) {
  std::string out;
  put_little_endian(out, n);
  return out;
}

std::string epoch_key(std::uint32_t epoch) { return std::string(kEpochs) + std::to_string(epoch); }
std::string check_in_key(std::uint16_t sink) { return "check_in/" + std::to_string(sink); }

std::string epoch_bytes(const Epoch& epoch) {
  return number(epoch.number) + number(epoch.start) + static_cast<char>(epoch.began) + number(epoch.spans_before) +
         number(epoch.unproven_spans);
}

Epoch parse_epoch(ByteReader& in) {
  Epoch epoch;
  epoch.number = in.little_endian<std::uint32_t>();
  epoch.start = in.little_endian<std::uint64_t>();
  epoch.began = static_cast<Began>(in.u8());
  epoch.spans_before = in.little_endian<std::uint64_t>();
  epoch.unproven_spans = in.little_endian<std::uint64_t>();
  return epoch;
}

std::string dropped_key(std::uint16_t source) { return "dropped/" + std::to_string(source); }
std::string receipt_key(const Digest& report) { return std::string(kReceipt) + std::string(report.view()); }

std::string run_claim_key(const Digest& run) { return std::string(kRunClaim) + std::string(run.view()); }

RunClaim parse_run_claim(std::string_view bytes) {
  ByteReader in(bytes);
  const auto way = static_cast<std::size_t>(in.u8());
  const auto until = in.little_endian<std::uint32_t>();
  if (way >= kWayNames.size())
    throw StoreError("a run came by a way that this program does not know; use a newer version of Tidemark");
  return {static_cast<Way>(way), until};
}

FirstReceipt parse_receipt(std::string_view bytes) {
  ByteReader in(bytes);
  FirstReceipt receipt;
  receipt.at.us = in.little_endian<std::int64_t>();
  receipt.until.us = in.little_endian<std::int64_t>();
  return receipt;
}

}  // namespace

std::optional<Catalog> load_catalog(const KvStore& kv) {
  const auto format = kv.get(Family::meta, kFormat);
  if (!format) return std::nullopt;
  const auto version = ByteReader(*format).little_endian<std::uint32_t>();
  if (version > kFormatVersion)
    throw StoreError("the store has format " + std::to_string(version) + ", and this program knows up to " +
                     std::to_string(kFormatVersion) + "; use a newer version of Tidemark");
  const auto catalog = kv.get(Family::meta, kCatalog);
  if (!catalog) throw StoreError("the store has no catalog; it is damaged, restore a backup");
  return Catalog::decode(*catalog);
}

void put_catalog(KvBatch& batch, const Catalog& catalog) {
  batch.put(Family::meta, kFormat, number(kFormatVersion));
  batch.put(Family::meta, kCatalog, catalog.encode());
}

void put_identity(KvBatch& batch, const AgentId& agent, std::uint32_t epoch) {
  batch.put(Family::meta, kAgent, {reinterpret_cast<const char*>(agent.bytes.data()), agent.bytes.size()});
  batch.put(Family::meta, kEpoch, number(epoch));
}

AgentId load_agent(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kAgent);
  AgentId agent;
  if (!bytes || bytes->size() != agent.bytes.size()) throw StoreError("the store has no agent id; it is damaged");
  std::memcpy(agent.bytes.data(), bytes->data(), agent.bytes.size());
  return agent;
}

std::uint32_t load_epoch(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kEpoch);
  if (!bytes) throw StoreError("the store has no epoch; it is damaged");
  return ByteReader(*bytes).little_endian<std::uint32_t>();
}

std::string_view name_of(Began began) {
  switch (began) {
    case Began::created: return "new";
    case Began::copied: return "copied";
    case Began::forked: return "forked";
    case Began::reopened: return "reopened";
  }
  return "unknown";
}

std::vector<Epoch> load_epochs(const KvStore& kv) {
  std::vector<Epoch> epochs;
  const auto cursor = kv.cursor(Family::meta);
  for (cursor->seek(kEpochs); cursor->valid() && cursor->key().starts_with(kEpochs); cursor->next()) {
    ByteReader in(cursor->value());
    epochs.push_back(parse_epoch(in));
  }
  // The first has a record only when there is something to say of it.
  if (std::none_of(epochs.begin(), epochs.end(), [](const Epoch& e) { return e.number == 1; })) epochs.emplace_back();
  std::sort(epochs.begin(), epochs.end(), [](const Epoch& a, const Epoch& b) { return a.number < b.number; });
  if (epochs.back().number != load_epoch(kv))
    throw StoreError("the store does not say where its epoch begins; it is damaged");
  return epochs;
}

void put_epoch(KvBatch& batch, const Epoch& epoch) {
  batch.put(Family::meta, epoch_key(epoch.number), epoch_bytes(epoch));
}

std::uint32_t load_sealed_epoch(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kSealed);
  return bytes ? ByteReader(*bytes).little_endian<std::uint32_t>() : 0;
}

void put_sealed_epoch(KvBatch& batch, std::uint32_t epoch) { batch.put(Family::meta, kSealed, number(epoch)); }

std::optional<Split> load_split(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kSplit);
  if (!bytes) return std::nullopt;
  ByteReader in(*bytes);
  Split split;
  split.old = in.little_endian<std::uint32_t>();
  split.next = parse_epoch(in);
  return split;
}

void put_split(KvBatch& batch, const Split& split) {
  batch.put(Family::meta, kSplit, number(split.old) + epoch_bytes(split.next));
}

void erase_split(KvBatch& batch) { batch.erase(Family::meta, kSplit); }

CheckIn load_check_in(const KvStore& kv, std::uint16_t sink) {
  const std::string key = check_in_key(sink);
  return from_bytes<CheckIn>(kv.get(Family::meta, key), key);
}

void put_check_in(KvBatch& batch, std::uint16_t sink, const CheckIn& check_in) {
  batch.put(Family::meta, check_in_key(sink), to_bytes(check_in));
}

std::uint64_t load_told_spans(const KvStore& kv, std::optional<std::uint16_t> other_than) {
  std::uint64_t told = 0;
  const std::size_t sinks = load_sinks(kv).size();
  for (std::size_t sink = 0; sink < sinks; ++sink) {
    if (sink == other_than) continue;
    for (const CheckIn::Point& point : load_check_in(kv, static_cast<std::uint16_t>(sink)).points)
      if (point.confirmed) told = std::max(told, point.spans);
  }
  return told;
}

std::optional<Place> load_place(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kPlace);
  if (!bytes) return std::nullopt;
  ByteReader in(*bytes);
  Place place;
  place.inode = in.little_endian<std::uint64_t>();
  place.born_ns = in.little_endian<std::int64_t>();
  place.device = in.little_endian<std::uint64_t>();
  place.machine = bytes->substr(3 * sizeof(std::uint64_t));
  return place;
}

void put_place(KvBatch& batch, const Place& place) {
  batch.put(Family::meta, kPlace, number(place.inode) + number(place.born_ns) + number(place.device) + place.machine);
}

std::uint64_t load_position(const KvStore& kv, Reader reader, const SnapshotPtr& at) {
  const auto bytes = kv.get(Family::meta, name_of(reader), at);
  return bytes ? ByteReader(*bytes).little_endian<std::uint64_t>() : 0;
}

void put_position(KvBatch& batch, Reader reader, std::uint64_t sequence) {
  batch.put(Family::meta, name_of(reader), number(sequence));
}

Instant load_forgotten_at(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kForgottenAt);
  return bytes ? Instant{ByteReader(*bytes).little_endian<std::int64_t>()} : Instant{0};
}

void put_forgotten_at(KvBatch& batch, Instant time) { batch.put(Family::meta, kForgottenAt, number(time.us)); }

Totals load_totals(const KvStore& kv, const SnapshotPtr& at) {
  return from_bytes<Totals>(kv.get(Family::meta, kTotals, at), kTotals);
}
void put_totals(KvBatch& batch, const Totals& totals) { batch.put(Family::meta, kTotals, to_bytes(totals)); }

std::vector<Sink> load_sinks(const KvStore& kv) {
  return from_bytes<std::vector<Sink>>(kv.get(Family::meta, kSinks), kSinks);
}
void put_sinks(KvBatch& batch, const std::vector<Sink>& sinks) { batch.put(Family::meta, kSinks, to_bytes(sinks)); }

std::optional<Instant> load_dropped_through(const KvStore& kv, std::uint16_t source) {
  const auto bytes = kv.get(Family::meta, dropped_key(source));
  if (!bytes) return std::nullopt;
  return Instant{ByteReader(*bytes).little_endian<std::int64_t>()};
}

void put_dropped_through(KvBatch& batch, std::uint16_t source, Instant time) {
  batch.put(Family::meta, dropped_key(source), number(time.us));
}

std::vector<std::optional<RunClaim>> load_run_claims(const KvStore& kv, const std::vector<Digest>& runs) {
  std::vector<std::optional<RunClaim>> claims(runs.size());
  if (runs.empty()) return claims;
  std::vector<std::string> keys;
  for (const Digest& run : runs) keys.push_back(run_claim_key(run));
  const auto values = kv.get_many(Family::meta, std::vector<std::string_view>(keys.begin(), keys.end()));
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (values[i]) claims[i] = parse_run_claim(*values[i]);
  return claims;
}

void put_run_claim(KvBatch& batch, const Digest& run, const RunClaim& claim) {
  batch.put(Family::meta, run_claim_key(run), static_cast<char>(claim.way) + number(claim.until_minutes));
}

bool expire_run_claims(const KvStore& kv, KvBatch& batch, Instant now, std::size_t limit, std::string& from) {
  if (from.empty()) from = kRunClaim;
  const auto cursor = kv.cursor(Family::meta);
  for (cursor->seek(from); cursor->valid() && cursor->key().starts_with(kRunClaim); cursor->next()) {
    if (limit-- == 0) {
      from = cursor->key();
      return true;
    }
    if (Instant{0} + minutes(parse_run_claim(cursor->value()).until_minutes) < now)
      batch.erase(Family::meta, cursor->key());
  }
  return false;
}

std::optional<FirstReceipt> load_receipt(const KvStore& kv, const Digest& report) {
  const auto bytes = kv.get(Family::meta, receipt_key(report));
  if (!bytes) return std::nullopt;
  return parse_receipt(*bytes);
}

void put_receipt(KvBatch& batch, const Digest& report, const FirstReceipt& receipt) {
  batch.put(Family::meta, receipt_key(report), number(receipt.at.us) + number(receipt.until.us));
}

std::uint64_t expire_receipts(const KvStore& kv, KvBatch& batch, Instant now) {
  std::uint64_t expired = 0;
  const auto cursor = kv.cursor(Family::meta);
  for (cursor->seek(kReceipt); cursor->valid() && cursor->key().starts_with(kReceipt); cursor->next()) {
    if (parse_receipt(cursor->value()).until >= now) continue;
    batch.erase(Family::meta, cursor->key());
    ++expired;
  }
  return expired;
}

}  // namespace tidemark::meta
