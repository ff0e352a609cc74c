#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "model/key.hpp"
#include "model/schema_toml.hpp"
#include "model/span_builder.hpp"
#include "model/text.hpp"

using namespace tidemark;

namespace {

constexpr std::string_view kSource = R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
owner      = { type = "text", required = true }
result     = "result"
tags       = "labels"
cached     = "boolean"
started_at = "instant"
ended_at   = "instant"
took       = "ended_at - started_at"
coarse     = "ended_at - started_at (1ms)"
wait       = "duration"
rough      = "duration(1ms)"
price      = "number(0.01)"
count      = "number(1)"
)toml";

constexpr std::int64_t kNoon = 1'767'268'800'000'000;  // 2026-01-01T12:00:00Z

/// One builder over one batch; each test sets fields by name.
struct Fixture {
  SchemaPtr schema = parse_schema({{"test.toml", std::string(kSource)}});
  SpanBatch batch;
  DecodeReport report;
  SpanBuilder builder;

  explicit Fixture(SpanBuilder::NegativeDuration negative = SpanBuilder::NegativeDuration::reject)
      : builder(*schema, batch, report, Way::ndjson, negative) {}

  int field(std::string_view name) const {
    const int index = schema->sources[0].field_index(name);
    REQUIRE(index >= 0);
    return index;
  }
  /// Begins a span that has all that it needs.
  void begin() {
    builder.begin(0, DigestBuilder().add("run 1"));
    builder.set_text(field("owner"), "acme");
    builder.set_instant(field("ended_at"), {kNoon});
  }
  bool finish() { return builder.finish("file:1"); }
  std::optional<std::int64_t> value(std::string_view name) const {
    const std::int64_t v = batch.value(batch.spans.back(), field(name));
    return v == kNull ? std::nullopt : std::optional(v);
  }
  std::string text(std::string_view name) const { return std::string(batch.texts[*value(name)]); }
  /// Rejected, for this reason; gives the message.
  std::string rejected(RejectReason reason) {
    CHECK_FALSE(finish());
    CHECK(batch.empty());
    CHECK(batch.values.empty());
    REQUIRE(report.rejections.examples().size() == 1);
    const Rejection& rejection = report.rejections.examples().front();
    CHECK(rejection.reason == reason);
    CHECK(rejection.where == "file:1");
    return rejection.message;
  }
};

}  // namespace

TEST_CASE("a finished span has a value for every field, absent ones as NULL") {
  Fixture f;
  f.begin();
  REQUIRE(f.finish());
  REQUIRE(f.batch.size() == 1);
  CHECK(f.batch.spans[0].source == 0);
  CHECK(f.batch.values.size() == f.schema->sources[0].fields.size());
  CHECK(f.text("owner") == "acme");
  CHECK(f.value("ended_at") == kNoon);
  for (const char* absent : {"result", "tags", "cached", "started_at", "took", "wait", "price"})
    CHECK_FALSE(f.value(absent));
}

TEST_CASE("a span's identity is the digest of its source and what its sender calls it") {
  Fixture f;
  f.begin();
  REQUIRE(f.finish());
  DigestBuilder expected;
  expected.add(std::string_view("run")).add("run 1");
  CHECK(f.batch.spans[0].identity == expected.finish());
}

TEST_CASE("an unfinished span leaves nothing behind") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("result"), "success");
  f.begin();
  REQUIRE(f.finish());
  CHECK(f.batch.size() == 1);
  CHECK_FALSE(f.value("result"));
  CHECK_FALSE(f.finish());
  CHECK(f.batch.size() == 1);
}

TEST_CASE("text is repaired and counted") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("owner"), std::string_view("a\0b\xFF", 4));
  REQUIRE(f.finish());
  CHECK(f.text("owner") == "a\uFFFDb\uFFFD");
  CHECK(f.report.repaired_text == 1);
  CHECK(f.report.cut_text == 0);
}

TEST_CASE("text over 512 bytes is cut with a digest at its end, and counted") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("owner"), std::string(600, 'x'));
  REQUIRE(f.finish());
  std::string expected(600, 'x');
  cut_text(expected);
  CHECK(f.text("owner") == expected);
  CHECK(f.report.cut_text == 1);
}

TEST_CASE("a text that is too long only once it is repaired is cut, too") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("owner"), std::string(200, '\xFF'));
  REQUIRE(f.finish());
  CHECK(f.text("owner").size() <= kMaxTextBytes);
  CHECK(f.report.repaired_text == 1);
  CHECK(f.report.cut_text == 1);
}

TEST_CASE("a value that looks like the guard's own is kept as it is") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("owner"), "__other__");
  REQUIRE(f.finish());
  CHECK(f.text("owner") == "__other__");
}

TEST_CASE("results are mapped, and those that no rule knows are stored as unknown and counted") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("result"), "FAILED");
  REQUIRE(f.finish());
  CHECK(f.text("result") == "failure");
  CHECK(f.report.unknown_results == 0);
  f.begin();
  f.builder.set_text(f.field("result"), "on fire");
  REQUIRE(f.finish());
  CHECK(f.text("result") == "unknown");
  CHECK(f.report.unknown_results == 1);
}

TEST_CASE("label sets are the same whatever their order, repeats and white space") {
  Fixture f;
  f.begin();
  f.builder.set_labels(f.field("tags"), {"x64", "Linux", " gpu ", "x64", ""});
  REQUIRE(f.finish());
  const auto first = f.value("tags");
  CHECK(parse_labels(f.text("tags")) == std::vector<std::string>{"Linux", "gpu", "x64"});
  f.begin();
  f.builder.set_labels(f.field("tags"), {"gpu", "x64", "Linux"});
  REQUIRE(f.finish());
  CHECK(f.value("tags") == first);
}

TEST_CASE("an empty label set is present, unlike a missing one") {
  Fixture f;
  f.begin();
  f.builder.set_labels(f.field("tags"), {});
  REQUIRE(f.finish());
  REQUIRE(f.value("tags"));
  CHECK(parse_labels(f.text("tags")).empty());
}

TEST_CASE("one label given as text is a set of one") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("tags"), "linux");
  REQUIRE(f.finish());
  CHECK(parse_labels(f.text("tags")) == std::vector<std::string>{"linux"});
}

TEST_CASE("labels are repaired and bounded like texts, and counted each time they come") {
  Fixture f;
  for (int i = 0; i < 2; ++i) {
    f.begin();
    f.builder.set_labels(f.field("tags"), {"a\xFF", std::string(600, 'x')});
    REQUIRE(f.finish());
  }
  CHECK(f.report.repaired_text == 2);
  CHECK(f.report.cut_text == 2);
  for (const std::string& label : parse_labels(f.text("tags"))) CHECK(label.size() <= kMaxTextBytes);
}

TEST_CASE("a set keeps its first 64 labels in sorted order") {
  Fixture f;
  std::vector<std::string> labels;
  for (int i = 0; i < 100; ++i) labels.push_back("label-" + std::to_string(999 - i));
  f.begin();
  f.builder.set_labels(f.field("tags"), labels);
  REQUIRE(f.finish());
  const auto kept = parse_labels(f.text("tags"));
  REQUIRE(kept.size() == kMaxLabels);
  CHECK(kept.front() == "label-900");
  CHECK(kept.back() == "label-963");
  CHECK(f.report.cut_text == 36);
}

TEST_CASE("derived durations are the difference of their instants, at their own resolution") {
  Fixture f;
  f.begin();
  f.builder.set_instant(f.field("started_at"), {kNoon - 1'234'500});
  REQUIRE(f.finish());
  CHECK(f.value("took") == 1'234'500);
  CHECK(f.value("coarse") == 1'235'000);
}

TEST_CASE("what is given for a derived field is ignored") {
  Fixture f;
  f.begin();
  CHECK(f.builder.set_decimal(f.field("took"), "5"));
  REQUIRE(f.finish());
  CHECK_FALSE(f.value("took"));
}

TEST_CASE("an end before the start is rejected") {
  Fixture f;
  f.begin();
  f.builder.set_instant(f.field("started_at"), {kNoon + 1});
  const std::string message = f.rejected(RejectReason::end_before_start);
  CHECK(message.find("\"ended_at\" is before \"started_at\"") != std::string::npos);
}

TEST_CASE("an end before the start is clamped to 0 and counted where a vendor is known for it") {
  Fixture f(SpanBuilder::NegativeDuration::clamp);
  f.begin();
  f.builder.set_instant(f.field("started_at"), {kNoon + 1});
  REQUIRE(f.finish());
  CHECK(f.value("took") == 0);
  CHECK(f.value("coarse") == 0);
  CHECK(f.report.clamped_times == 2);
}

TEST_CASE("a span that comes by a way which its source does not accept is refused") {
  Fixture f;
  Schema schema = *f.schema;
  schema.sources[0].accept = {Way::otlp, Way::github};
  SpanBuilder builder(schema, f.batch, f.report, Way::junit);
  builder.begin(0, DigestBuilder().add("1"));
  CHECK_FALSE(builder.finish("report.xml"));
  CHECK(f.report.rejections.of(RejectReason::other_way) == 1);
  CHECK(f.report.rejections.examples()[0].message ==
        "came by junit; source '" + schema.sources[0].name + "' accepts otlp github");
}

TEST_CASE("a span says its run once, and only to a source that wants to know") {
  Fixture f;
  f.begin();
  f.builder.set_run("7");
  REQUIRE(f.finish());
  CHECK(f.batch.spans.back().run == -1);
  Schema schema = *f.schema;
  schema.sources[0].one_way_per_run = true;
  SpanBuilder builder(schema, f.batch, f.report, Way::otlp);
  builder.begin(0, DigestBuilder().add("2"));
  builder.set_instant(f.field("ended_at"), {kNoon});
  builder.set_text(f.field("owner"), "acme");
  builder.set_run("");
  builder.set_run("7");
  builder.set_run("8");
  REQUIRE(builder.finish("-"));
  CHECK(f.batch.runs[f.batch.spans.back().run] == "7");
  CHECK(f.batch.spans.back().way == Way::otlp);
}

TEST_CASE("a duration below zero is rejected or clamped the same way") {
  Fixture rejecting;
  rejecting.begin();
  rejecting.builder.set_decimal(rejecting.field("wait"), "-0.5");
  rejecting.rejected(RejectReason::end_before_start);
  Fixture clamping(SpanBuilder::NegativeDuration::clamp);
  clamping.begin();
  clamping.builder.set_decimal(clamping.field("wait"), "-0.5");
  REQUIRE(clamping.finish());
  CHECK(clamping.value("wait") == 0);
  CHECK(clamping.report.clamped_times == 1);
}

TEST_CASE("numbers may be below zero") {
  Fixture f;
  f.begin();
  f.builder.set_decimal(f.field("price"), "-1.005");
  REQUIRE(f.finish());
  CHECK(f.value("price") == -101);
}

TEST_CASE("durations are rounded to their field's resolution, halves away from zero") {
  Fixture f;
  f.begin();
  f.builder.set_duration_ns(f.field("wait"), 1'500);
  f.builder.set_duration_ns(f.field("rough"), 1'499'999);
  REQUIRE(f.finish());
  CHECK(f.value("wait") == 2);
  CHECK(f.value("rough") == 1'000);
}

TEST_CASE("decimals, doubles and integers of the same value give the same measure") {
  Fixture f;
  f.begin();
  f.builder.set_decimal(f.field("wait"), "3");
  f.builder.set_double(f.field("price"), 0.1);
  f.builder.set_integer(f.field("count"), 42);
  REQUIRE(f.finish());
  CHECK(f.value("wait") == 3'000'000);
  CHECK(f.value("price") == 10);
  CHECK(f.value("count") == 42);
  f.begin();
  f.builder.set_integer(f.field("wait"), 3);
  f.builder.set_decimal(f.field("price"), "0.1");
  f.builder.set_double(f.field("count"), 42.0);
  REQUIRE(f.finish());
  CHECK(f.value("wait") == 3'000'000);
  CHECK(f.value("price") == 10);
  CHECK(f.value("count") == 42);
}

TEST_CASE("what is no number leaves the field untouched and says so") {
  Fixture f;
  f.begin();
  f.builder.set_integer(f.field("count"), 7);
  CHECK_FALSE(f.builder.set_decimal(f.field("count"), "seven"));
  CHECK_FALSE(f.builder.set_double(f.field("count"), std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(f.builder.set_double(f.field("count"), std::numeric_limits<double>::infinity()));
  REQUIRE(f.finish());
  CHECK(f.value("count") == 7);
}

TEST_CASE("numbers beyond 64 bits are rejected, and so is the one that stands for NULL") {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const auto rejects = [](const auto& set) {
    Fixture f;
    f.begin();
    set(f);
    f.rejected(RejectReason::value_out_of_range);
  };
  rejects([](Fixture& f) { f.builder.set_decimal(f.field("count"), "9223372036854775808"); });
  rejects([](Fixture& f) { f.builder.set_integer(f.field("count"), kLeast); });
  rejects([](Fixture& f) { f.builder.set_integer(f.field("price"), 1'000'000'000'000'000'000); });
  rejects([](Fixture& f) { f.builder.set_double(f.field("wait"), 1e300); });
  rejects([](Fixture& f) { f.builder.set_duration_ns(f.field("wait"), Int128{1} << 100); });
  rejects([](Fixture& f) { f.builder.set_duration_ns(f.field("wait"), -(Int128{1} << 126) * 2); });
}

TEST_CASE("instants outside the years 1970 to 9999 are rejected") {
  const auto rejects = [](Instant t) {
    Fixture f;
    f.begin();
    f.builder.set_instant(f.field("started_at"), t);
    return f.rejected(RejectReason::invalid_time);
  };
  rejects({-1});
  rejects({253'402'300'800'000'000});
  rejects({std::numeric_limits<std::int64_t>::max()});
  rejects({kNull});
  const std::string year_one = rejects(*parse_rfc3339("0001-01-01T00:00:00Z"));
  CHECK(year_one.find("\"started_at\" is 0001-01-01T00:00:00Z") != std::string::npos);
  CHECK(year_one.find("year 1") != std::string::npos);
  CHECK(rejects(*parse_rfc3339("1969-07-20T20:17:40Z")).find("year 1,") == std::string::npos);
}

TEST_CASE("instants of 1970 and 9999 are taken") {
  Fixture f;
  f.begin();
  f.builder.set_instant(f.field("started_at"), {0});
  f.builder.set_instant(f.field("ended_at"), {253'402'300'799'999'999});
  REQUIRE(f.finish());
  CHECK(f.value("took") == 253'402'300'799'999'999);
}

TEST_CASE("a span without a required field is rejected") {
  Fixture f;
  f.builder.begin(0, DigestBuilder().add("run 1"));
  f.builder.set_instant(f.field("ended_at"), {kNoon});
  CHECK(f.rejected(RejectReason::missing_field).find("\"owner\" is missing") != std::string::npos);
}

TEST_CASE("a span without the time that puts it into a bucket is rejected") {
  Fixture f;
  f.builder.begin(0, DigestBuilder().add("run 1"));
  f.builder.set_text(f.field("owner"), "acme");
  CHECK(f.rejected(RejectReason::missing_field).find("\"ended_at\" is missing") != std::string::npos);
}

TEST_CASE("a value of another type is rejected") {
  Fixture f;
  f.begin();
  f.builder.set_text(f.field("cached"), "yes");
  CHECK(f.rejected(RejectReason::wrong_type).find("\"cached\"") != std::string::npos);
}

TEST_CASE("the first thing that is wrong with a span is the one that is told") {
  Fixture f;
  f.begin();
  f.builder.fail(RejectReason::too_large, "first");
  f.builder.fail(RejectReason::malformed, "second");
  f.builder.set_instant(f.field("ended_at"), {-1});
  CHECK(f.rejected(RejectReason::too_large) == "first");
}

TEST_CASE("a rejected span does not spoil the next one") {
  Fixture f;
  f.begin();
  f.builder.fail(RejectReason::malformed, "bad");
  CHECK_FALSE(f.finish());
  f.begin();
  CHECK(f.finish());
  CHECK(f.report.rejections.total() == 1);
}

TEST_CASE("fields can be asked for while a span is being built") {
  Fixture f;
  f.begin();
  f.builder.set_boolean(f.field("cached"), false);
  CHECK(f.builder.get(f.field("cached")) == 0);
  CHECK(f.builder.has(f.field("owner")));
  CHECK_FALSE(f.builder.has(f.field("wait")));
  CHECK(f.batch.texts[*f.builder.get(f.field("owner"))] == "acme");
}
