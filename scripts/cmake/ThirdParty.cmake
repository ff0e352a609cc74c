# Every third-party library as one target, `tidemark_dep::<name>`, shared by default, static with TIDEMARK_STATIC.
# The installed tidemarkConfig.cmake includes this file too, so that a consumer links what the library was written for.

include_guard(GLOBAL)

# The path of lib<name>.a or lib<name>.so, into `out`.
function(tidemark_find_library out name)
  set(suffix ${CMAKE_SHARED_LIBRARY_SUFFIX})
  if(TIDEMARK_STATIC)
    set(suffix ${CMAKE_STATIC_LIBRARY_SUFFIX})
  endif()
  # The suffix is part of the variable's name: switching TIDEMARK_STATIC must not find yesterday's answer.
  string(MAKE_C_IDENTIFIER "TIDEMARK_LIB_${name}${suffix}" variable)
  find_library(${variable} NAMES lib${name}${suffix} HINTS ${ARGN})
  if(NOT ${variable})
    message(FATAL_ERROR "lib${name}${suffix} not found. scripts/lib/deps.sh installs what Tidemark needs.")
  endif()
  mark_as_advanced(${variable})
  set(${out} "${${variable}}" PARENT_SCOPE)
endfunction()

# tidemark_dep(<target> <header> <library>...): the target links the libraries; in a static link as one group, which
# the linker searches again and again, because they use each other.
function(tidemark_dep target header)
  add_library(tidemark_dep::${target} INTERFACE IMPORTED GLOBAL)
  string(MAKE_C_IDENTIFIER "TIDEMARK_HAS_${header}" found)
  find_path(${found} "${header}")
  if(NOT ${found})
    message(FATAL_ERROR "<${header}> not found. scripts/lib/deps.sh installs what Tidemark needs.")
  endif()
  mark_as_advanced(${found})

  set(files "")
  foreach(library IN LISTS ARGN)
    if(library MATCHES "libpq_stubs$") # A target of our own.
      set(file ${library})
    else()
      tidemark_find_library(file ${library} ${TIDEMARK_POSTGRES_LIBDIRS})
    endif()
    list(APPEND files "${file}")
  endforeach()
  list(LENGTH files count)
  if(TIDEMARK_STATIC AND count GREATER 1)
    list(JOIN files "," files)
    set(files "$<LINK_GROUP:RESCAN,${files}>")
  endif()
  target_link_libraries(tidemark_dep::${target} INTERFACE ${files})
endfunction()

find_package(Threads REQUIRED)

tidemark_dep(zlib zlib.h z)
tidemark_dep(zstd zstd.h zstd)
tidemark_dep(sqlite3 sqlite3.h sqlite3)
tidemark_dep(openssl openssl/ssl.h ssl crypto)
tidemark_dep(crypto openssl/evp.h crypto)
tidemark_dep(pugixml pugixml.hpp pugixml)
tidemark_dep(boost_json boost/json.hpp boost_json boost_container)
tidemark_dep(boost_program_options boost/program_options.hpp boost_program_options)
# Time zones, and what they use.
tidemark_dep(absl_time absl/time/time.h absl_time absl_time_zone absl_strings absl_strings_internal absl_int128 absl_base
  absl_spinlock_wait absl_throw_delegate absl_raw_logging_internal absl_log_severity)

# Headers only.
tidemark_dep(boost boost/version.hpp)
tidemark_dep(cereal cereal/cereal.hpp)
tidemark_dep(protozero protozero/pbf_reader.hpp)
tidemark_dep(xxhash xxhash.h)
tidemark_dep(tomlplusplus toml++/toml.h)
# Not spdlog's own target: that one links the shared libfmt.
tidemark_dep(fmt fmt/format.h)
target_compile_definitions(tidemark_dep::fmt INTERFACE FMT_HEADER_ONLY)
tidemark_dep(spdlog spdlog/spdlog.h)
target_compile_definitions(tidemark_dep::spdlog INTERFACE SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
target_link_libraries(tidemark_dep::spdlog INTERFACE Threads::Threads)

if(TIDEMARK_STATIC)
  # Not RocksDB's own target: that one names shared libraries.
  tidemark_dep(rocksdb rocksdb/db.h rocksdb snappy lz4 zstd bz2 z)
  # libpgcommon.a and libpgport.a come with postgresql-server-dev, in its own folder. The stubs answer for Kerberos and
  # LDAP, which have no static archives (src/sink/libpq_stubs.c); an installed Tidemark has them under another name.
  if(NOT TIDEMARK_LIBPQ_STUBS)
    set(TIDEMARK_LIBPQ_STUBS tidemark_libpq_stubs)
  endif()
  file(GLOB TIDEMARK_POSTGRES_LIBDIRS /usr/lib/postgresql/*/lib)
  tidemark_dep(libpq postgresql/libpq-fe.h pq pgcommon pgport ssl crypto ${TIDEMARK_LIBPQ_STUBS})
else()
  tidemark_dep(rocksdb rocksdb/db.h rocksdb)
  tidemark_dep(libpq postgresql/libpq-fe.h pq)
endif()
target_link_libraries(tidemark_dep::rocksdb INTERFACE Threads::Threads)
target_include_directories(tidemark_dep::libpq INTERFACE "${TIDEMARK_HAS_postgresql_libpq_fe_h}/postgresql")
tidemark_dep(libpqxx pqxx/pqxx pqxx)
target_link_libraries(tidemark_dep::libpqxx INTERFACE tidemark_dep::libpq)
