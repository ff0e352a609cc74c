# find_package(tidemark) gives the target tidemark::tidemark. Set TIDEMARK_STATIC before it to link the third-party
# libraries statically too.
set(TIDEMARK_LIBPQ_STUBS tidemark::libpq_stubs)
include("${CMAKE_CURRENT_LIST_DIR}/ThirdParty.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/tidemarkTargets.cmake")
