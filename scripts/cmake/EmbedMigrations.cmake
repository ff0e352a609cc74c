# cmake -D FOLDER=<schemas/migrations> -D OUTPUT=<.cpp> -P EmbedMigrations.cmake
# Writes a .cpp that defines src/sink/migrations.hpp's list: every NNNN_name.sql, in order of its number.

set(source "// Made from schemas/migrations at build time.\n#include \"sink/migrations.hpp\"\n\nnamespace tidemark {\n")
foreach(dialect postgres sqlite)
  file(GLOB files "${FOLDER}/${dialect}/*.sql")
  list(SORT files)
  string(APPEND source "static const std::vector<Migration> k_${dialect} = {\n")
  foreach(file ${files})
    get_filename_component(file_name "${file}" NAME_WE)
    if(NOT file_name MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${file}: expected NNNN_name.sql")
    endif()
    math(EXPR number "1${CMAKE_MATCH_1} - 10000")
    set(name "${CMAKE_MATCH_2}")
    file(READ "${file}" text)
    string(APPEND source "    {${number}, \"${name}\", R\"---(${text})---\"},\n")
  endforeach()
  string(APPEND source "};\n")
endforeach()
string(APPEND source
  "const std::vector<Migration>& migrations(Dialect dialect) {\n"
  "  return dialect == Dialect::postgres ? k_postgres : k_sqlite;\n}\n}  // namespace tidemark\n")
file(WRITE "${OUTPUT}" "${source}")
