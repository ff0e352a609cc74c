#include <catch2/catch.hpp>

#include <set>

#include <tidemark/outcome.hpp>

using namespace tidemark;

TEST_CASE("every reason for a rejection has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    const std::string_view name = name_of(static_cast<RejectReason>(i));
    CHECK_FALSE(name.empty());
    names.insert(name);
  }
  CHECK(names.size() == kRejectReasons);
  CHECK(name_of(RejectReason::too_old) == "too_old");
}

TEST_CASE("all rejections are counted, and the first ten are kept as examples") {
  Rejections rejections;
  for (int i = 0; i < 25; ++i) rejections.add(RejectReason::invalid_time, "f:" + std::to_string(i), "message");
  rejections.count(RejectReason::malformed, 3);
  CHECK(rejections.of(RejectReason::invalid_time) == 25);
  CHECK(rejections.of(RejectReason::malformed) == 3);
  CHECK(rejections.total() == 28);
  REQUIRE(rejections.examples().size() == Rejections::kExamples);
  CHECK(rejections.examples().front().where == "f:0");
  CHECK(rejections.examples().back().where == "f:9");
}

TEST_CASE("merged rejections add their counts and keep the first examples of both") {
  Rejections a;
  Rejections b;
  for (int i = 0; i < 7; ++i) a.add(RejectReason::too_old, "a" + std::to_string(i), "");
  for (int i = 0; i < 7; ++i) b.add(RejectReason::too_deep, "b" + std::to_string(i), "");
  a.merge(b);
  CHECK(a.total() == 14);
  REQUIRE(a.examples().size() == Rejections::kExamples);
  CHECK(a.examples()[6].where == "a6");
  CHECK(a.examples()[9].where == "b2");
}

TEST_CASE("merged reports add every count") {
  IngestReport a;
  a.accepted = 1;
  a.duplicates = 2;
  a.differing_duplicates = 3;
  a.guarded = 4;
  a.sealed = 5;
  a.decode.ignored = 6;
  a.decode.repaired_text = 7;
  a.decode.cut_text = 8;
  a.decode.dropped_attributes = 9;
  a.decode.unknown_results = 10;
  a.decode.clamped_times = 11;
  a.decode.missing_queue = 12;
  a.decode.phantom_jobs = 13;
  a.decode.resent_jobs = 14;
  a.decode.rejections.count(RejectReason::in_future, 13);
  IngestReport b = a;
  b.merge(a);
  CHECK(b.accepted == 2);
  CHECK(b.duplicates == 4);
  CHECK(b.differing_duplicates == 6);
  CHECK(b.guarded == 8);
  CHECK(b.sealed == 10);
  CHECK(b.decode.ignored == 12);
  CHECK(b.decode.repaired_text == 14);
  CHECK(b.decode.cut_text == 16);
  CHECK(b.decode.dropped_attributes == 18);
  CHECK(b.decode.unknown_results == 20);
  CHECK(b.decode.clamped_times == 22);
  CHECK(b.decode.missing_queue == 24);
  CHECK(b.decode.phantom_jobs == 26);
  CHECK(b.decode.resent_jobs == 28);
  CHECK(b.decode.rejections.of(RejectReason::in_future) == 26);
}
