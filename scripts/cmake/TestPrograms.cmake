# Test, fuzz and benchmark programs; tests/CMakeLists.txt says which.

# The program tests_<folder>. ctest runs it once per label that its tests bear, as their Catch2 tags say: [store], [pg],
# [slow], and `unit` for those without one of the three. TIDEMARK_SOURCE_DIR, a macro, is where the sources are;
# TIDEMARK_BIN, in the environment, is the program.
function(tidemark_test_program folder)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  if(NOT sources)
    return()
  endif()
  set(target tests_${folder})
  set(mirrored tidemark_${folder})
  if(NOT TARGET ${mirrored})
    set(mirrored tidemark_cli)
  endif()

  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  target_compile_definitions(${target} PRIVATE "TIDEMARK_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  target_link_libraries(${target} PRIVATE tidemark_test_main $<TARGET_NAME_IF_EXISTS:tidemark_test_support> ${mirrored}
    ${ARGN} Catch2::Catch2 rapidcheck)
  if(mirrored STREQUAL "tidemark_cli")
    add_dependencies(${target} tidemark)
  endif()

  # Not $<TARGET_FILE:tidemark>: that would build the whole program before the smallest test.
  set(environment "TIDEMARK_BIN=$<TARGET_FILE_DIR:tidemark>/tidemark")
  set(list "${CMAKE_CURRENT_BINARY_DIR}/${target}.cmake")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=$<TARGET_FILE:${target}>" -D "NAME=${target}" -D "OUTPUT=${list}"
            -D "ENVIRONMENT=${environment}" -P "${PROJECT_SOURCE_DIR}/scripts/cmake/ListTests.cmake"
    BYPRODUCTS "${list}"
    VERBATIM)
  # A program that is not built is a failed test, not a missing one.
  set(entries "${CMAKE_CURRENT_BINARY_DIR}/${target}.ctest.cmake")
  file(WRITE "${entries}"
    "if(EXISTS [==[${list}]==])\n  include([==[${list}]==])\nelse()\n  add_test(${target} ${target}_is_not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${entries}")
endfunction()

# tests/fuzz/<name>_fuzz.cpp makes fuzz_<name>; its corpus is tests/corpus/<name>/. With TIDEMARK_FUZZ it is a libFuzzer
# program: ctest replays the corpus, then fuzzes for TIDEMARK_FUZZ_SECONDS; what it finds stays in the build folder.
# Elsewhere it gets a small main that replays the corpus, so that every build runs every case ever found.
set(TIDEMARK_FUZZ_SECONDS 10 CACHE STRING "How long ctest runs each fuzz target. Longer: finds more")
function(tidemark_fuzz_program source)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name "${name}")
  set(target fuzz_${name})
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")

  add_executable(${target} "${source}")
  target_include_directories(${target} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  # No more than it needs, so that it can be built before the rest can.
  set(tested tidemark_decode)
  if(name MATCHES "^http_")
    set(tested tidemark_http)
  endif()
  target_link_libraries(${target} PRIVATE ${tested})
  if(NOT TIDEMARK_FUZZ)
    target_sources(${target} PRIVATE support/fuzz_replay.cpp)
    add_test(NAME ${target}.replay COMMAND ${target} "${corpus}")
    set_tests_properties(${target}.replay PROPERTIES LABELS unit)
    return()
  endif()

  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  set(found "${CMAKE_CURRENT_BINARY_DIR}/found/${name}")
  file(MAKE_DIRECTORY "${found}")
  if(NOT EXISTS "${corpus}")
    set(corpus "")
  endif()
  add_test(NAME ${target}
    COMMAND ${target} -max_total_time=${TIDEMARK_FUZZ_SECONDS} -timeout=10 "-artifact_prefix=${found}/" "${found}" ${corpus})
  set_tests_properties(${target} PROPERTIES LABELS fuzz)
endfunction()

# The program bench_<name>.
function(tidemark_bench_program name)
  set(target bench_${name})
  add_executable(${target} ${ARGN})
  target_include_directories(${target} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/bench" "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE tidemark_cli tidemark_dep::libpq tidemark_dep::sqlite3
    tidemark_dep::rocksdb)
  if(TIDEMARK_STATIC)
    target_link_options(${target} PRIVATE -static-libgcc -static-libstdc++)
  endif()
endfunction()
