// docs/performance.md's workload through Tidemark and through a plain PostgreSQL design, in one run, side by side.
//
// bench_throughput --folder EMPTY_FOLDER --schema CI_TOML [--postgres URL] [--spans N] [--json FILE]
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>

#include "throughput/plain_postgres.hpp"
#include "throughput/product.hpp"
#include "throughput/stopwatch.hpp"

namespace tidemark::bench {
namespace {

using Arguments = std::map<std::string, std::string>;

Arguments arguments_of(int argc, char** argv) {
  Arguments arguments = {{"--spans", "1000000"}};
  for (int i = 1; i + 1 < argc; i += 2) arguments[argv[i]] = argv[i + 1];
  if (argc % 2 == 0 || !arguments.contains("--folder") || !arguments.contains("--schema"))
    throw std::runtime_error("usage: bench_throughput --folder DIR --schema TOML [--postgres URL] [--spans N] [--json FILE]");
  return arguments;
}

/// The shipped source and rollup of jobs alone: the other side has only that one, too.
std::string job_definitions(const std::string& shipped, const std::string& folder) {
  std::ifstream in(shipped);
  const std::string path = folder + "/job.toml";
  std::ofstream out(path);
  bool wanted = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("["))
      wanted = line.starts_with("[source.job") || line.starts_with("[rollup.ci_job_metrics");
    if (wanted) out << line << '\n';
  }
  return path;
}

/// How long the disk takes to make 64 KiB durable: what no commit can be faster than, on either side.
double sync_ms(const std::string& folder) {
  const std::string path = folder + "/sync";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + path);
  const std::string block(64 << 10, 'x');
  const double ms = median_ms_of(31, [&] {
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0)
      throw std::runtime_error("cannot write " + path);
  });
  ::close(fd);
  return ms;
}

/// One line of the comparison.
struct Figure {
  const char* name;
  const char* key;  ///< In the JSON file.
  const char* unit;
  double product;
  double postgres;  ///< 0: it has nothing to compare.
  bool smaller_is_better = false;

  double ratio() const { return smaller_is_better ? postgres / product : product / postgres; }
};

std::vector<Figure> compare(const ProductFigures& a, const PostgresFigures& b) {
  return {
      {"ingest, durable, one client", "ingest", "spans/s", a.ingest_spans_per_second, b.ingest_spans_per_second},
      {"the same, 8 clients", "ingest_8_clients", "spans/s", a.ingest_8_clients_spans_per_second,
       b.ingest_spans_per_second},
      {"recompute of all buckets", "recompute", "spans/s", a.recompute_spans_per_second, b.recompute_spans_per_second},
      {"48 late spans in 48 hours", "late", "ms", a.late_ms, 0, true},
      {"one owner's 48 hours", "owner", "ms", a.owner_ms, b.owner_ms, true},
      {"one job's 48 hours", "job", "ms", a.job_ms, b.job_ms, true},
      {"disk", "disk", "bytes/span", a.bytes_per_span, b.bytes_per_span, true},
      {"peak resident memory", "resident", "MB", a.resident_mb, 0, true},
  };
}

void print(const std::vector<Figure>& figures) {
  std::printf("\n%-30s %14s %14s %9s\n", "", "Tidemark", "PostgreSQL", "ratio");
  for (const Figure& f : figures) {
    const int digits = f.product < 100 ? 2 : 0;
    std::printf("%-30s %14.*f", f.name, digits, f.product);
    if (f.postgres > 0) std::printf(" %14.*f %8.1fx", digits, f.postgres, f.ratio());
    else std::printf(" %14s %9s", "-", "-");
    std::printf("  %s\n", f.unit);
  }
}

void write_json(const std::string& path, const std::vector<Figure>& figures, const std::string& spans,
                double sync) {
  std::ofstream out(path);
  out << "{\n  \"spans\": " << spans << ",\n  \"disk_sync_ms\": " << sync;
  for (const Figure& f : figures) {
    out << ",\n  \"" << f.key << "\": {\"unit\": \"" << f.unit << "\", \"tidemark\": " << f.product;
    if (f.postgres > 0) out << ", \"postgresql\": " << f.postgres << ", \"ratio\": " << f.ratio();
    out << '}';
  }
  out << "\n}\n";
}

/// Speed without the same answers would be worth nothing.
void require_same(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::size_t n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i)
    if (a[i] != b[i]) throw std::runtime_error("the two differ:\n  " + a[i] + "\n  " + b[i]);
  if (a.size() != b.size())
    throw std::runtime_error(std::to_string(a.size()) + " buckets here, " + std::to_string(b.size()) + " there");
  std::printf("\nBoth have the same %zu buckets, with the same percentiles to the last bit.\n", n);
}

int run(const Arguments& arguments) {
  const std::string& folder = arguments.at("--folder");
  const WorkloadSource source(std::stoull(arguments.at("--spans")));
  std::printf("%s job spans over 48 hours, in requests of %zu\n", arguments.at("--spans").c_str(), kSpansPerRequest);

  const double sync_before = sync_ms(folder);
  const ProductFigures product = run_product(source, folder, job_definitions(arguments.at("--schema"), folder));
  PostgresFigures postgres;
  const auto url = arguments.find("--postgres");
  if (url != arguments.end()) postgres = run_plain_postgres(source, url->second);

  const std::vector<Figure> figures = compare(product, postgres);
  print(figures);
  const double sync = (sync_before + sync_ms(folder)) / 2;
  std::printf("\nThe disk takes %.2f ms to make a commit durable: %zu spans a commit cannot pass %.0f spans/s here.\n", sync,
              kSpansPerRequest, kSpansPerRequest / sync * 1000);
  if (const auto json = arguments.find("--json"); json != arguments.end())
    write_json(json->second, figures, arguments.at("--spans"), sync);
  if (url != arguments.end()) require_same(product.rows, postgres.rows);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  try {
    return tidemark::bench::run(tidemark::bench::arguments_of(argc, argv));
  } catch (const std::exception& e) {
    std::cerr << "bench_throughput: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
