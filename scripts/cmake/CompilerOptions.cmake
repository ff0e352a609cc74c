# How every file of the project is compiled.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON) # __int128: sums and moments are 128-bit integers.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(TIDEMARK_CCACHE ccache)
  if(TIDEMARK_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER "${TIDEMARK_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${TIDEMARK_CCACHE}")
  endif()
endif()

# No fused multiply-add: percentiles must be the same bits on every CPU, and the same as PostgreSQL's.
add_compile_options(-ffp-contract=off)

# -Wconversion and -Wpedantic are left out: the first is noise around small integers, the second rejects __int128.
add_compile_options(
  $<$<COMPILE_LANGUAGE:CXX>:-Wall>
  $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(
    $<$<COMPILE_LANGUAGE:CXX>:-Wduplicated-cond>
    $<$<COMPILE_LANGUAGE:CXX>:-Wlogical-op>
    # g++ 12 warns about std::string's own operator+ when it inlines it.
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  # What the sanitizers put in makes g++ see uninitialised values in std::regex and std::function.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()

# What nothing calls is left out of the binary, function by function.
if(TIDEMARK_STATIC)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()
