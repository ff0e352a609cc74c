# tidemark_component(<folder> [<made source>...] DEPENDS <folder>... THIRD_PARTY <name>...)
#
# Makes the target tidemark_<folder> of the *.cpp in and below the folder. DEPENDS names the other folders of src/ that it
# may include from (and through them, theirs; scripts/check_includes holds it to that), THIRD_PARTY the libraries
# (ThirdParty.cmake). COLD: no span passes through it, so that the shipped binary has it small rather than fast.
function(tidemark_component folder)
  cmake_parse_arguments(arg "COLD" "" "DEPENDS;THIRD_PARTY" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$") # An executable's.
  list(APPEND sources ${arg_UNPARSED_ARGUMENTS})

  set(libraries ${arg_DEPENDS})
  list(TRANSFORM libraries PREPEND tidemark_)
  set(third_party ${arg_THIRD_PARTY})
  list(TRANSFORM third_party PREPEND tidemark_dep::)

  set(target tidemark_${folder})
  if(NOT sources) # Nothing written yet.
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${libraries} ${third_party})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PUBLIC ${libraries} PRIVATE ${third_party} Threads::Threads)
  if(arg_COLD AND TIDEMARK_STATIC)
    target_compile_options(${target} PRIVATE -Os)
  endif()
  set_property(GLOBAL APPEND PROPERTY TIDEMARK_COMPONENTS ${target})
  set_property(GLOBAL APPEND PROPERTY TIDEMARK_THIRD_PARTY ${third_party})
endfunction()
