#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sink/row.hpp"
#include "sink/sql.hpp"

namespace tidemark {

/// A table as a sink's database has it.
struct StoredTable {
  std::map<std::string, std::string> types;  ///< By column, both in lower-case letters.
  std::set<std::string> key;                 ///< The primary key's columns.
  bool may_change = true;                    ///< Whether this role may drop it and add columns.
  bool may_delete = true;                    ///< Whether it may delete rows.
};
/// As it would be right after it was made.
StoredTable as_stored(const TableLayout& table);

/// One sink's database, for what is written once for both: read models.
/// Errors: SinkError with the sink's name, as the sink's own. Threads: one caller at a time.
class SinkDatabase {
 public:
  virtual ~SinkDatabase() = default;
  virtual Dialect dialect() const = 0;
  /// Sink::name.
  virtual std::string name() const = 0;
  /// A table, quoted, with its schema if there are any.
  virtual std::string table(const std::string& name) const = 0;

  /// Makes what a sink has beside the tables of rollups, recents and so on, if the migrations made it not yet.
  virtual void take_migrations() = 0;

  /// Runs `work` in one transaction that may write. `what` it does, for messages: `refreshing top_active_users`.
  virtual void write(const std::string& what, const std::function<void()>& work) = 0;
  /// The same where `work` only reads. Several statements may see several states.
  virtual void read(const std::string& what, const std::function<void()>& work) = 0;

  // Inside of these two alone:

  using Row = std::vector<std::optional<std::string>>;
  /// Runs statements that give no rows.
  virtual void execute(const std::string& sql) = 0;
  /// The same for those that make something: names in them mean what they mean to the database alone.
  virtual void create(const std::string& sql) = 0;
  virtual std::vector<Row> rows(const Statement& statement) = 0;
  virtual std::optional<StoredTable> stored(const std::string& table) = 0;
  /// Inserts `count` rows; `put` writes the i-th one's values, in the order of the layout's columns. `on_conflict` says
  /// what happens to one whose key is there: ` ON CONFLICT (…) DO …`, in which the table is called `stored` and the row
  /// `excluded`. Empty: an error.
  virtual void insert(const TableLayout& layout, const std::string& on_conflict, std::size_t count,
                      const std::function<void(std::size_t, ValueWriter&)>& put) = 0;

  // Outside of these two:

  /// Runs one SELECT, which sees one state, and gives its rows. `types`: of the columns that it selects. What `take`
  /// cannot read (InputError) is a permanent SinkError.
  virtual void select(const std::string& what, const std::string& sql, const std::vector<SinkType>& types,
                      const std::function<void(const ValueReader&)>& take) = 0;

 protected:
  /// Runs `work` on a row, for select().
  void readable(const std::string& what, const std::function<void()>& work) const;
};

}  // namespace tidemark
