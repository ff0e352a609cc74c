#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

#include "cli/random.hpp"

/// A synthetic history of a CI fleet: 20 owners of 5 to 50 pipelines of 3 to 12 jobs, some far busier than others, with
/// a daily tide of load. The same options give the same spans on every machine. Pure. Described in docs/cli.md,
/// "generate".
namespace tidemark::cli {

enum class SpanKind : std::uint8_t { job, pipeline, test };
enum class SpanMix : std::uint8_t {
  jobs,
  pipelines,
  tests,
  all,  ///< Of ten spans six are jobs, one a pipeline, three tests.
};

struct WorkloadOptions {
  std::uint64_t seed = 1;
  std::uint64_t spans = 1'000'000;
  Instant from;  ///< Spans end in [from, to).
  Instant to;
  SpanMix mix = SpanMix::jobs;
};

/// One span. The texts live as long as the workload; those that its kind does not have are empty.
struct WorkloadSpan {
  SpanKind kind = SpanKind::job;
  std::uint64_t id = 0;  ///< Unique in a workload; 16 hexadecimal digits in every format. Never 0.
  std::string_view owner, repository, pipeline, job, runner, suite, test, branch, result;
  bool default_branch = false;
  /// Sorted by bytes; senders may give it in any order: `first_label` says with which one the encoders begin.
  const std::vector<std::string>* labels = nullptr;
  std::size_t first_label = 0;
  Instant queued_at, started_at, ended_at;  ///< queued_at only of jobs.
};

/// Threads: any number may call span() at once. Memory: a few hundred kilobytes, whatever the number of spans.
class Workload {
 public:
  /// `from` must be before `to`.
  explicit Workload(const WorkloadOptions& options);

  std::uint64_t size() const { return options_.spans; }
  /// Span `i` of [0, size()); spans are in order of their end.
  WorkloadSpan span(std::uint64_t i) const;

 private:
  struct Pipeline {
    std::string_view repository, name;
    std::size_t jobs = 0;       ///< How many of the job names it has.
    std::size_t first_job = 0;  ///< Of all jobs, numbered through.
  };
  struct Owner {
    std::string_view name;
    std::vector<Pipeline> pipelines;
  };

  void make_owners();
  void make_runners();
  void make_load_curve();
  std::string_view keep(std::string text);
  Instant end_of(std::uint64_t i, Random& random) const;
  void fill_job(WorkloadSpan& span, const Pipeline& pipeline, Random& random) const;
  void fill_test(WorkloadSpan& span, Random& random) const;
  void fill_times(WorkloadSpan& span, Random& random) const;

  WorkloadOptions options_;
  std::uint64_t id_base_ = 0;
  std::vector<std::string> texts_;  // reserved once: views into it stay valid
  std::vector<Owner> owners_;
  std::vector<std::vector<std::string>> label_sets_;
  std::vector<std::string_view> runners_, suites_, tests_, branches_;
  Zipf pick_owner_;
  std::vector<Zipf> pick_pipeline_, pick_job_;  // by how many there are to pick from
  Zipf pick_suite_, pick_test_;
  struct Step {
    Instant start;
    double load_before = 0;  ///< Of the whole load, 0 to 1.
  };
  std::vector<Step> load_;  // one step an hour, and the end
};

/// In which order, and how often, a workload's spans are delivered.
struct DeliveryOptions {
  bool shuffle = false;
  /// Every so many-th span is delivered once more, about a thousand spans later. 0: none.
  std::uint64_t duplicate_every = 0;
  /// So many percent of the spans come late: after all the others.
  double late_percent = 0;
  enum class Part : std::uint8_t { all, on_time, late } part = Part::all;
  std::uint64_t seed = 1;
};

class Delivery {
 public:
  Delivery(std::uint64_t spans, const DeliveryOptions& options);
  /// The next span's number; false at the end.
  bool next(std::uint64_t& index);

 private:
  struct Again {
    std::uint64_t due = 0, index = 0;
  };
  bool next_original(std::uint64_t& index);
  bool is_late(std::uint64_t index) const;

  DeliveryOptions options_;
  std::uint64_t spans_;
  Permutation permutation_;
  std::uint64_t position_ = 0, delivered_ = 0;
  bool late_pass_ = false;
  std::vector<Again> again_;  // a queue; taken from at again_taken_
  std::size_t again_taken_ = 0;
};

}  // namespace tidemark::cli
