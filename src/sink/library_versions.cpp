#include <libpq-fe.h>
#include <sqlite3.h>

#include "sink/sink.hpp"

namespace tidemark {

std::string sink_library_versions() {
  const int libpq = PQlibVersion();
  return std::string("SQLite ") + sqlite3_libversion() + ", libpq " + std::to_string(libpq / 10000) + "." +
         std::to_string(libpq % 10000);
}

}  // namespace tidemark
