#pragma once
#include <memory>
#include <string>

#include "sink/table_layout.hpp"

namespace tidemark::bench {

inline constexpr std::size_t kRowsPerTransaction = 5000;

/// What a sink can take by itself: the rows that it holds now, ready-made in memory, through nothing but the driver's
/// fastest way (PostgreSQL: COPY of text to a temporary stage and one upsert; SQLite: a prepared upsert on a connection
/// with the sink's own settings). The same rows byte for byte, in the order in which sync sent them, in transactions as
/// large, by the same statement: what sync takes longer is what it does beside.
class SinkLimit {
 public:
  virtual ~SinkLimit() = default;
  virtual std::size_t take_rows() = 0;  ///< Remembers the rows that a first sync stored, and says how many.
  virtual void clear() = 0;             ///< Empties the table.
  virtual void age() = 0;               ///< Makes every stored row older than the one remembered.
  virtual void send() = 0;              ///< Writes all remembered rows.
  virtual double bytes_per_row() = 0;
  /// How many stored rows are as new as the ones remembered: what an upsert left.
  virtual std::size_t current_rows() = 0;
};

/// `layout` must outlive it.
std::unique_ptr<SinkLimit> make_postgres_limit(const std::string& url, const TableLayout& layout);
std::unique_ptr<SinkLimit> make_sqlite_limit(const std::string& path, const TableLayout& layout);

}  // namespace tidemark::bench
