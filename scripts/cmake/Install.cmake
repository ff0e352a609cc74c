# `cmake --install` puts down the binary, and the library as one archive, libtidemark.a, with a CMake package.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# One archive of all folders but those of the program.
get_property(components GLOBAL PROPERTY TIDEMARK_COMPONENTS)
list(REMOVE_ITEM components tidemark_cli tidemark_agent tidemark_http)
set(objects ${components})
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
get_property(third_party GLOBAL PROPERTY TIDEMARK_THIRD_PARTY)
list(REMOVE_DUPLICATES third_party)
list(REMOVE_ITEM third_party tidemark_dep::boost_program_options tidemark_dep::spdlog tidemark_dep::fmt)

add_library(tidemark_archive STATIC ${objects})
set_target_properties(tidemark_archive PROPERTIES OUTPUT_NAME tidemark EXPORT_NAME tidemark LINKER_LANGUAGE CXX)
target_compile_features(tidemark_archive PUBLIC cxx_std_20)
target_include_directories(tidemark_archive INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
foreach(library IN LISTS third_party)
  target_link_libraries(tidemark_archive INTERFACE "$<LINK_ONLY:${library}>")
endforeach()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tidemark")
set_target_properties(tidemark_libpq_stubs PROPERTIES EXPORT_NAME libpq_stubs)
install(TARGETS tidemark_archive tidemark_libpq_stubs EXPORT tidemarkTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library)
install(EXPORT tidemarkTargets NAMESPACE tidemark:: DESTINATION "${package_dir}" COMPONENT library)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/tidemark" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT library)

set(config "${CMAKE_CURRENT_LIST_DIR}/tidemarkConfig.cmake")
set(config_version "${PROJECT_BINARY_DIR}/tidemarkConfigVersion.cmake")
write_basic_package_version_file("${config_version}" COMPATIBILITY SameMinorVersion)
install(FILES "${config}" "${config_version}" "${CMAKE_CURRENT_LIST_DIR}/ThirdParty.cmake"
  DESTINATION "${package_dir}" COMPONENT library)

if(TARGET tidemark)
  install(TARGETS tidemark RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT binary)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/schemas/ci.toml"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/tidemark/schemas" COMPONENT binary)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/schemas/examples"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/tidemark/schemas" COMPONENT binary)
