# cmake -D PROGRAM=<tests> -D NAME=<target> -D ENVIRONMENT=<name=value;…> -D OUTPUT=<.cmake> -P ListTests.cmake
# Asks a Catch2 program which labels its tests bear, and writes one ctest entry for each of them. It runs after each
# link, so that a label that no test bears makes no entry, and a new one is never forgotten.

# Simulated fleets keep every core busy: beside as many other tests as there are cores, all of them take several times
# as long.
set(processors 1)
if(NAME STREQUAL "tests_fleet")
  set(processors 2)
endif()
# ctest's --timeout is for tests without a limit of their own.
set(slow_timeout "TIMEOUT 1800")

set(unit "~[store]~[pg]~[slow]~[.]")
set(store "[store]~[pg]~[slow]~[.]")
set(pg "[pg]~[slow]~[.]")
set(slow "[slow]~[.]")

set(entries "")
foreach(label IN ITEMS unit store pg slow)
  execute_process(
    COMMAND "${PROGRAM}" --list-test-names-only "${${label}}"
    OUTPUT_VARIABLE tests ERROR_VARIABLE errors OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(errors) # Catch2 answers with the number of tests, so the exit code says nothing.
    message(FATAL_ERROR "${NAME} cannot list its tests: ${errors}")
  endif()
  if(tests)
    string(APPEND entries
      "add_test(${NAME}.${label} [==[${PROGRAM}]==] [==[${${label}}]==])\n"
      "set_tests_properties(${NAME}.${label} PROPERTIES LABELS ${label} PROCESSORS ${processors} ${${label}_timeout}\n"
      "  ENVIRONMENT [==[${ENVIRONMENT}]==])\n")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "${entries}")
