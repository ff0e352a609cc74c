# The program itself, in every build, also in the one that is shipped and has no other tests: does it start, does it
# know its commands, does it accept the definitions that it ships with?

function(tidemark_smoke_test name)
  add_test(NAME "smoke.${name}" COMMAND tidemark ${ARGN})
  set_tests_properties("smoke.${name}" PROPERTIES LABELS unit)
endfunction()

tidemark_smoke_test(version --version)
foreach(command IN ITEMS ingest recompute retain sync query status verify schema generate help)
  tidemark_smoke_test(help.${command} help ${command})
endforeach()
tidemark_smoke_test(schema.shipped schema check)
tidemark_smoke_test(schema.ci.toml schema check "${PROJECT_SOURCE_DIR}/schemas/ci.toml")
# Those over the shipped rollups need these beside them; all of them together are one set of definitions, too.
foreach(example IN ITEMS analyses leaderboards saved_runs workflow_runs)
  tidemark_smoke_test(schema.${example}.toml schema check "${PROJECT_SOURCE_DIR}/schemas/examples/${example}.toml")
endforeach()
foreach(example IN ITEMS runners tests)
  tidemark_smoke_test(schema.${example}.toml schema check "${PROJECT_SOURCE_DIR}/schemas/ci.toml"
    "${PROJECT_SOURCE_DIR}/schemas/examples/${example}.toml")
endforeach()
tidemark_smoke_test(schema.examples schema check "${PROJECT_SOURCE_DIR}/schemas/ci.toml" "${PROJECT_SOURCE_DIR}/schemas/examples")
foreach(format IN ITEMS ndjson csv otlp-json otlp-protobuf)
  tidemark_smoke_test(generate.${format} generate --spans 2000 --quiet --format ${format})
endforeach()
