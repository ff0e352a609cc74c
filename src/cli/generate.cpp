#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/progress.hpp"
#include "cli/time_argument.hpp"
#include "cli/workload.hpp"
#include "cli/workload_otlp.hpp"
#include "cli/workload_text.hpp"

namespace tidemark::cli {

namespace {

OptionSet options() {
  OptionSet set(
      "[OPTION]…",
      "Writes a synthetic history of a CI fleet to stdout, for trying things out and for measuring. The same\n"
      "options give the same bytes on every machine. It needs no store.");
  set.value("spans", "N", "How many. Default: 1000000.");
  set.value("hours", "N", "How long a history. Default: 48.");
  set.value("from", "TIME", "Spans end here or later. Default: --hours before --to.");
  set.value("to", "TIME", "Spans end before this. Default: --hours after --from; without it, the last full hour.");
  set.value("now", "TIME", "Take this for the present time (RFC 3339).");
  set.value("seed", "N", "Another seed, another history of the same fleet. Default: 1.");
  set.value("source", "job|pipeline|test|all", "What kind of spans. Default: job.");
  set.value("format", "FORMAT", "ndjson, csv (for SQL's COPY), otlp-protobuf or otlp-json. Default: ndjson.");
  set.flag("shuffle", "In random order instead of by end.");
  set.value("duplicate-every", "N", "Deliver every N-th span twice. Default: 0, none.");
  set.value("late", "PERCENT", "So many of the spans come after all others. Default: 0.");
  set.value("part", "all|on-time|late", "With --late: only one part of it. Default: all.");
  set.value("requests", "DIR", "OTLP: a file per request, DIR/000001.pb or .json.");
  set.value("request-spans", "N", "OTLP: spans per request. Default: 500.");
  set.flag("quiet", "No progress.");
  return set;
}

double percent_of(const Arguments& arguments) {
  const std::string text = arguments.find("late").value_or("0");
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size() || !(percent >= 0 && percent <= 100)) {
    throw UsageError("--late: expected a percentage from 0 to 100, found '" + text + "'");
  }
  return percent;
}

WorkloadOptions workload_of(const Arguments& arguments) {
  WorkloadOptions workload;
  const Instant now = now_of(arguments);
  const auto from = arguments.find("from");
  const auto to = arguments.find("to");
  if (from && to && arguments.has("hours")) throw UsageError("--hours, --from and --to: give two of them at most");
  // A hundred years are enough, and keep every instant in the range of its text form.
  const std::uint64_t hour_count = arguments.count("hours", 48, 1);
  if (hour_count > 876'000) throw UsageError("--hours: at most 876000");
  const Micros length = hours(static_cast<std::int64_t>(hour_count));
  if (to) workload.to = parse_time_argument("--to", *to, now);
  if (from) workload.from = parse_time_argument("--from", *from, now);
  if (!to) workload.to = from ? workload.from + length : window_start(now, hours(1));
  if (!from) workload.from = workload.to - length;
  if (!(workload.from < workload.to)) throw UsageError("--from must be before --to");
  if (workload.from < Instant{days(365).count}) throw UsageError("--from: expected a time after 1970");
  workload.seed = arguments.count("seed", 1);
  workload.spans = arguments.count("spans", 1'000'000);
  const std::string source = arguments.choice("source", "job", {"job", "pipeline", "test", "all"});
  workload.mix = source == "job"        ? SpanMix::jobs
                 : source == "pipeline" ? SpanMix::pipelines
                 : source == "test"     ? SpanMix::tests
                                        : SpanMix::all;
  return workload;
}

DeliveryOptions delivery_of(const Arguments& arguments, std::uint64_t seed) {
  DeliveryOptions delivery;
  delivery.seed = seed;
  delivery.shuffle = arguments.has("shuffle");
  delivery.duplicate_every = arguments.count("duplicate-every", 0);
  delivery.late_percent = percent_of(arguments);
  const std::string part = arguments.choice("part", "all", {"all", "on-time", "late"});
  delivery.part = part == "all"       ? DeliveryOptions::Part::all
                  : part == "on-time" ? DeliveryOptions::Part::on_time
                                      : DeliveryOptions::Part::late;
  return delivery;
}

/// Calls `take` with every delivered span, in order.
void deliver(const Workload& workload, const DeliveryOptions& options, ProgressBar& bar,
             const std::function<void(const WorkloadSpan&)>& take) {
  Delivery delivery(workload.size(), options);
  std::uint64_t index = 0;
  for (std::uint64_t done = 0; delivery.next(index); ++done) {
    take(workload.span(index));
    if (done % 65536 == 0) bar.update("generate", done, workload.size());
  }
  bar.clear();
}

SpanKind only_kind(SpanMix mix) {
  if (mix == SpanMix::all) throw UsageError("--format csv: a table holds one kind of spans; name it with --source");
  return mix == SpanMix::jobs ? SpanKind::job : mix == SpanMix::pipelines ? SpanKind::pipeline : SpanKind::test;
}

void write_file(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw InputError("--requests: cannot write " + path + ": " + std::strerror(errno));
  try {
    Output file(fd);
    file.write(bytes);
    file.flush();
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
}

/// Collects spans into requests, and gives each to stdout or to a file of its own.
class RequestWriter {
 public:
  RequestWriter(const Arguments& arguments, bool json, Console& console)
      : json_(json),
        directory_(arguments.find("requests").value_or("")),
        spans_per_request_(arguments.count("request-spans", 500, 1)),
        console_(console) {
    std::error_code error;
    if (!directory_.empty()) std::filesystem::create_directories(directory_, error);
    if (error) throw InputError("--requests: cannot make the directory " + directory_ + ": " + error.message());
  }

  void add(const WorkloadSpan& span) {
    spans_.push_back(span);
    if (spans_.size() == spans_per_request_) finish();
  }

  void finish() {
    if (spans_.empty()) return;
    bytes_.clear();
    json_ ? append_otlp_json(bytes_, spans_) : append_otlp_protobuf(bytes_, spans_);
    spans_.clear();
    if (directory_.empty()) return console_.out.write(bytes_);
    std::string number = std::to_string(++requests_);
    number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
    write_file(directory_ + '/' + number + (json_ ? ".json" : ".pb"), bytes_);
  }

 private:
  bool json_;
  std::string directory_;
  std::uint64_t spans_per_request_;
  Console& console_;
  std::vector<WorkloadSpan> spans_;
  std::string bytes_;
  std::uint64_t requests_ = 0;
};

int run_generate(const Arguments& arguments, Console& console) {
  const std::string format = arguments.choice("format", "ndjson", {"ndjson", "csv", "otlp-protobuf", "otlp-json"});
  const WorkloadOptions options = workload_of(arguments);
  const DeliveryOptions delivery = delivery_of(arguments, options.seed);
  const bool otlp = format.starts_with("otlp-");
  if (!otlp && (arguments.has("requests") || arguments.has("request-spans"))) {
    throw UsageError("--requests and --request-spans are for OTLP formats");
  }
  const bool csv = format == "csv";
  if (csv) console.out.write(csv_header(only_kind(options.mix)));
  const Workload workload(options);
  ProgressBar bar(console, quiet(arguments) || console.out.is_terminal());
  if (otlp) {
    RequestWriter requests(arguments, format == "otlp-json", console);
    deliver(workload, delivery, bar, [&](const WorkloadSpan& span) { requests.add(span); });
    requests.finish();
    return kExitOk;
  }
  std::string line;
  deliver(workload, delivery, bar, [&](const WorkloadSpan& span) {
    line.clear();
    csv ? append_csv_line(line, span) : append_ndjson(line, span);
    console.out.write(line);
  });
  return kExitOk;
}

}  // namespace

const Command kGenerate = {"generate", "Write a synthetic CI history.", options, run_generate};

}  // namespace tidemark::cli
