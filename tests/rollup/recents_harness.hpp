#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/key.hpp"
#include "rollup/harness.hpp"

namespace tidemark::test {

/// Two recents: the last successful jobs of each owner, and every span as an event of its own.
inline constexpr const char* kRecents = R"toml(
[recent.last_jobs]
source = "job"
per = ["owner"]
item = ["job", "labels"]
columns = ["duration", "started_at"]
where = "result = 'success'"
keep = 3

[recent.events]
source = "job"
columns = ["owner", "result", "labels"]
keep = 4
window = "1h"
)toml";

inline SchemaPtr recents_schema(const std::string& recents = kRecents) { return test_schema(recents); }

inline std::string describe(const DimensionValue& value) {
  std::string text = value.text;
  for (const std::string& label : value.labels) text += "[" + label + "]";
  return text;
}

inline std::string describe(const Cell& cell) {
  if (is_null(cell)) return "NULL";
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* time = std::get_if<Instant>(&cell)) return format_rfc3339(*time);
  if (const auto* number = std::get_if<Decimal>(&cell)) return to_text(*number);
  std::string labels;
  if (const auto* list = std::get_if<std::vector<std::string>>(&cell))
    for (const std::string& label : *list) labels += "[" + label + "]";
  return labels;
}

inline std::string describe(const RecentUse& use) {
  std::string text;
  for (const DimensionValue& value : use.item) text += describe(value) + " ";
  text += format_rfc3339(use.used_at);
  for (const Cell& cell : use.columns) text += " " + describe(cell);
  return text;
}

/// The uses of a group as texts, newest first; `owner` for last_jobs, nothing for events.
inline std::vector<std::string> recent_texts(const TestStore& store, const std::string& recent,
                                             const std::optional<std::string>& owner = {}, std::size_t limit = 1000,
                                             std::optional<Instant> since = {}) {
  std::vector<DimensionValue> group;
  if (owner) group.push_back({.is_set = false, .text = *owner, .labels = {}});
  std::vector<std::string> texts;
  const int index = store.store->schema().recent_index(recent);
  for (const RecentUse& use : store.writer->recents().newest(index, canonical_key(group), limit, since))
    texts.push_back(describe(use));
  return texts;
}

inline Digest identity_of(const TestSpan& span) { return DigestBuilder().add("job").add(span.id).finish(); }

/// What recent_texts must give, worked out from all spans by sorting; `keep` and `since` as there.
inline std::vector<std::string> naive_recent(std::vector<TestSpan> spans, const std::string& recent,
                                             const std::optional<std::string>& owner, std::size_t keep) {
  const bool jobs = recent == "last_jobs";
  std::erase_if(spans, [&](const TestSpan& s) { return jobs && (s.result != "success" || s.owner != *owner); });
  std::sort(spans.begin(), spans.end(), [](const TestSpan& a, const TestSpan& b) {
    return std::pair(a.ended, identity_of(a)) > std::pair(b.ended, identity_of(b));
  });
  const auto labels_of = [](const TestSpan& s) {
    std::string text;
    for (const std::string& label : parse_labels(canonical_labels(s.labels))) text += "[" + label + "]";
    return text;
  };
  std::vector<std::string> seen, texts;
  for (const TestSpan& s : spans) {
    const std::string thing = jobs ? s.job + " " + labels_of(s) + " " : s.id;
    if (std::find(seen.begin(), seen.end(), thing) != seen.end()) continue;
    if (seen.size() == keep) break;
    seen.push_back(thing);
    if (jobs)
      texts.push_back(thing + format_rfc3339(s.ended) + " " +
                      (s.has_start ? to_text(Decimal{s.duration_us, 1'000'000}) + " " +
                                         format_rfc3339(s.ended - Micros{s.duration_us})
                                   : "NULL NULL"));
    else
      texts.push_back(format_rfc3339(s.ended) + " " + s.owner + " " + s.result + " " + labels_of(s));
  }
  return texts;
}

inline constexpr const char* kOwners[] = {"acme", "Zürich", ""};

/// Of three owners and five jobs, some failed, out of order.
inline std::vector<TestSpan> some_spans(int count) {
  std::vector<TestSpan> spans;
  for (int i = 0; i < count; ++i)
    spans.push_back({.id = "s" + std::to_string(i),
                     .owner = kOwners[i % 3],
                     .job = "job" + std::to_string(i * 7 % 5),
                     .result = i % 4 == 0 ? "failure" : "success",
                     .ended = kStart + minutes(i * 37 % 50),
                     .duration_us = 1000 + i});
  return spans;
}

/// Every group of both recents, as texts.
inline std::map<std::string, std::vector<std::string>> all_recents(const TestStore& store) {
  std::map<std::string, std::vector<std::string>> all;
  for (const char* owner : kOwners) all[owner] = recent_texts(store, "last_jobs", owner);
  all["events"] = recent_texts(store, "events");
  return all;
}
inline std::map<std::string, std::vector<std::string>> all_naive(const std::vector<TestSpan>& spans,
                                                                 std::size_t keep_jobs = 3,
                                                                 std::size_t keep_events = 4) {
  std::map<std::string, std::vector<std::string>> all;
  for (const char* owner : kOwners) all[owner] = naive_recent(spans, "last_jobs", owner, keep_jobs);
  all["events"] = naive_recent(spans, "events", {}, keep_events);
  return all;
}

}  // namespace tidemark::test
