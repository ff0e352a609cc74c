#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "peers/postgres_client.hpp"

namespace tidemark::bench {

/// A landing page's numbers as one has them without Tidemark: raw runs and accounts in PostgreSQL, and a query. It makes
/// the runs, too, the same ones for both sides: 35 days of them, of 5,000 accounts, of which few run most.
class LandingSql {
 public:
  /// Makes the tables, in a schema of their own.
  LandingSql(const std::string& url, std::uint64_t runs, Instant now);
  ~LandingSql();
  LandingSql(const LandingSql&) = delete;
  LandingSql& operator=(const LandingSql&) = delete;

  /// The runs as NDJSON, some thousands at a time.
  void each_document(const std::function<void(const std::string& ndjson)>& take);
  /// The accounts as CSV with a header.
  std::string accounts();
  /// `docs/examples/landing_page_metrics.md` over the raw rows, as CSV without a header.
  std::vector<std::string> page();

 private:
  PostgresClient db_;
  std::string now_;
};

}  // namespace tidemark::bench
