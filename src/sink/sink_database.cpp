#include "sink/sink_database.hpp"

#include <tidemark/errors.hpp>

#include "model/text.hpp"

namespace tidemark {

StoredTable as_stored(const TableLayout& table) {
  StoredTable stored;
  for (const SinkColumn& column : table.columns)
    stored.types[column.name] = to_lower(type_name(column.type, table.dialect));
  for (const std::size_t i : table.key) stored.key.insert(table.columns[i].name);
  return stored;
}

void SinkDatabase::readable(const std::string& what, const std::function<void()>& work) const {
  try {
    work();
  } catch (const InputError& e) {
    throw SinkError(SinkError::Kind::permanent, "sink " + name() + ": " + what + " failed: a row cannot be read: " +
                                                    e.what() + "; it was changed by others");
  }
}

}  // namespace tidemark
