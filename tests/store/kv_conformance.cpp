#include "store/kv_conformance.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string_view>

namespace tidemark::conformance {
namespace {

using Durability = KvStore::Durability;

void put(KvStore& kv, std::string_view key, std::string_view value, Durability durability = Durability::synced,
         Family family = Family::buckets) {
  KvBatch batch;
  batch.put(family, key, value);
  kv.commit(batch, durability);
}

std::map<std::string, std::string> read_all(const KvStore& kv, Family family, const SnapshotPtr& at = {}) {
  std::map<std::string, std::string> all;
  const auto cursor = kv.cursor(family, at);
  for (cursor->seek({}); cursor->valid(); cursor->next()) all.emplace(cursor->key(), cursor->value());
  return all;
}

std::string number(int n) { return std::string(1, static_cast<char>('a' + n / 10)) + std::to_string(n % 10); }

void opening_again(KvPlace& place) {
  {
    const auto kv = place.open();
    put(*kv, "a", "1");
    put(*kv, "b", "2");
    KvBatch batch;
    batch.erase(Family::buckets, "a");
    batch.put(Family::computed, "a", "other family");
    kv->commit(batch, Durability::later);
  }
  const auto kv = place.open();
  CHECK_FALSE(kv->get(Family::buckets, "a"));
  CHECK(kv->get(Family::buckets, "b") == "2");
  CHECK(kv->get(Family::computed, "a") == "other family");
}

void one_moment(KvPlace& place) {
  const auto kv = place.open();
  put(*kv, "a", "1");
  const SnapshotPtr at = kv->snapshot();
  const auto early = kv->cursor(Family::buckets);
  early->seek({});
  put(*kv, "a", "2");
  put(*kv, "b", "3");
  CHECK(kv->get(Family::buckets, "a", at) == "1");
  CHECK(kv->get(Family::buckets, "a") == "2");
  CHECK(kv->get_many(Family::buckets, {"a", "b"}, at) == std::vector<std::optional<std::string>>{"1", std::nullopt});
  CHECK(read_all(*kv, Family::buckets, at) == std::map<std::string, std::string>{{"a", "1"}});
  REQUIRE(early->valid());
  CHECK(early->value() == "1");
  early->next();
  CHECK_FALSE(early->valid());
  CHECK(kv->get_many(Family::buckets, {"a", "aa", "b"}) ==
        std::vector<std::optional<std::string>>{"2", std::nullopt, "3"});
}

void batches(KvPlace& place) {
  const auto kv = place.open();
  KvBatch batch;
  batch.put(Family::buckets, "a", "first");
  batch.put(Family::buckets, "a", "last");
  batch.put(Family::buckets, "gone", "");
  batch.erase(Family::buckets, "gone");
  batch.erase(Family::buckets, "never there");
  batch.put(Family::pending, "a", "");
  kv->commit(batch, Durability::later);
  CHECK(read_all(*kv, Family::buckets) == std::map<std::string, std::string>{{"a", "last"}});
  CHECK(kv->get(Family::pending, "a") == "");
}

/// Against a std::map: bytes of any value sort as unsigned ones, and each place is found from any key.
void order(KvPlace& place) {
  const auto kv = place.open();
  std::mt19937 random(5);
  std::map<std::string, std::string> expected;
  const auto any_key = [&] {
    std::string key(random() % 4, '\0');
    for (char& c : key) c = static_cast<char>(random() % 3 * 100);
    return key;
  };
  for (int i = 0; i < 300; ++i) {
    const std::string key = any_key();
    KvBatch batch;
    if (random() % 3 == 0) {
      batch.erase(Family::log, key);
      expected.erase(key);
    } else {
      batch.put(Family::log, key, std::to_string(i));
      expected[key] = std::to_string(i);
    }
    kv->commit(batch, Durability::later);
    const std::string wanted = any_key();
    const auto found = expected.lower_bound(wanted);
    const auto cursor = kv->cursor(Family::log);
    cursor->seek(wanted);
    REQUIRE(cursor->valid() == (found != expected.end()));
    if (cursor->valid())
      REQUIRE(std::pair(std::string(cursor->key()), std::string(cursor->value())) ==
              std::pair(found->first, found->second));
    REQUIRE(kv->get(Family::log, wanted).has_value() == expected.contains(wanted));
  }
  CHECK(read_all(*kv, Family::log) == expected);
}

void bulk_loads(KvPlace& place) {
  {
    const auto kv = place.open();
    put(*kv, "b", "from a batch", Durability::later, Family::identities);
    for (int round = 0; round < 2; ++round) bulk_load(*kv, Family::identities, {{"a", "old"}, {"b", "new"}});
    CHECK(kv->get(Family::identities, "a") == "old");
    CHECK(kv->get(Family::identities, "b") == "new");
    bulk_load(*kv, Family::identities, {});
    kv->set_expiry(Family::identities, [](std::string_view, std::string_view value) { return value == "old"; });
    kv->compact(Family::identities);
    CHECK_FALSE(kv->get(Family::identities, "a"));
    CHECK(kv->get(Family::identities, "b") == "new");
  }
  const auto kv = place.open();
  CHECK(read_all(*kv, Family::identities) == std::map<std::string, std::string>{{"b", "new"}});
}

void reclaiming(KvPlace& place) {
  const auto kv = place.open();
  for (int i = 0; i < 20; ++i) put(*kv, number(i), "x", Durability::later, Family::log);
  KvBatch batch;
  for (int i = 3; i < 9; ++i) batch.erase(Family::log, number(i));
  kv->commit(batch, Durability::synced);
  kv->reclaim(Family::log, number(3), number(8));
  CHECK(read_all(*kv, Family::log).size() == 14);
}

void kill(KvPlace& place) {
  const auto kv = place.open();
  put(*kv, "a", "synced");
  put(*kv, "b", "not synced", Durability::later);
  bulk_load(*kv, Family::identities, {{"c", "loaded"}});
  const auto after = place.open_killed();
  CHECK(after->get(Family::buckets, "a") == "synced");
  CHECK(after->get(Family::buckets, "b") == "not synced");
  CHECK(after->get(Family::identities, "c") == "loaded");
}

void power_loss(KvPlace& place) {
  constexpr int kCommits = 12;
  const auto kv = place.open();
  put(*kv, "early", "x", Durability::later);
  put(*kv, "synced", "x", Durability::synced);
  place.note_synced();
  for (int i = 0; i < kCommits; ++i) {
    KvBatch batch;
    batch.put(Family::buckets, number(i), std::string(50, 'x'));
    batch.put(Family::computed, number(i), "both or none");
    kv->commit(batch, Durability::later);
    if (i == kCommits / 2) bulk_load(*kv, Family::identities, {{"loaded", "x"}});
  }
  int states = 0, fewest = kCommits, most = 0;
  place.each_power_loss([&](KvStore& left) {
    ++states;
    CHECK(left.get(Family::buckets, "early"));
    CHECK(left.get(Family::buckets, "synced"));
    CHECK(left.get(Family::identities, "loaded") == "x");
    int n = 0;
    while (n < kCommits && left.get(Family::buckets, number(n))) ++n;
    INFO("the first " << n << " are left");
    for (int i = 0; i < kCommits; ++i) {
      CHECK(left.get(Family::buckets, number(i)).has_value() == (i < n));
      CHECK(left.get(Family::computed, number(i)).has_value() == (i < n));
    }
    fewest = std::min(fewest, n);
    most = std::max(most, n);
  });
  CHECK(states > 3);
  CHECK(fewest == 0);
  CHECK(most == kCommits);
}

void synced_brings_all_before(KvPlace& place) {
  const auto kv = place.open();
  put(*kv, "a", "x", Durability::later);
  put(*kv, "b", "x", Durability::synced);
  place.note_synced();
  int states = 0;
  place.each_power_loss([&](KvStore& left) {
    ++states;
    CHECK(left.get(Family::buckets, "a"));
    CHECK(left.get(Family::buckets, "b"));
  });
  CHECK(states > 0);
}

void failed_write(KvPlace& place) {
  std::mt19937_64 random(1);
  std::string large(4u << 20, '\0');
  for (char& c : large) c = static_cast<char>(random());
  {
    const auto kv = place.open();
    put(*kv, "before", "x");
    {
      const auto full = place.full_disk();
      CHECK_THROWS_AS(put(*kv, "large", large), StoreError);
    }
    // There is room again, but nobody knows what of the last batch is there.
    CHECK_THROWS_AS(put(*kv, "after", "x"), StoreError);
    CHECK_THROWS_AS(put(*kv, "after", "x", Durability::later), StoreError);
    CHECK(kv->get(Family::buckets, "before") == "x");
  }
  const auto kv = place.open();
  CHECK(kv->get(Family::buckets, "before") == "x");
  CHECK_FALSE(kv->get(Family::buckets, "after"));
  put(*kv, "after", "x");
  CHECK(kv->get(Family::buckets, "after") == "x");
}

}  // namespace

void bulk_load(KvStore& kv, Family family, const std::vector<std::pair<std::string, std::string>>& entries) {
  kv.bulk_load(family, [&](const KvStore::Put& put) {
    for (const auto& [key, value] : entries) put(key, value);
  });
}

const std::vector<KvCase>& kv_cases() {
  static const std::vector<KvCase> all = {
      {"what was committed is there after opening again", opening_again},
      {"a snapshot and its cursors see one moment", one_moment},
      {"a batch is applied in its order, over several families", batches},
      {"keys are in the order of their bytes, whatever was put and erased", order},
      {"bulk loads are read like anything else, may be repeated, and expire at compaction", bulk_loads},
      {"giving back space takes nothing that was not deleted", reclaiming},
      {"a kill loses nothing that was written", kill},
      {"a power loss takes an end of the commits that were not synced, and nothing else", power_loss},
      {"a synced commit brings everything before it to the disk", synced_brings_all_before},
      {"after a failed write nothing is written until the store is opened again", failed_write},
  };
  return all;
}

}  // namespace tidemark::conformance
