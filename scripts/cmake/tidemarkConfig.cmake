# find_package(tidemark) gives the target tidemark::tidemark. Set TIDEMARK_STATIC before it to link the third-party
# libraries statically too.
include("${CMAKE_CURRENT_LIST_DIR}/ThirdParty.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/tidemarkTargets.cmake")
if(TIDEMARK_STATIC)
  target_link_libraries(tidemark_dep::libpq INTERFACE tidemark::libpq_stubs)
endif()
