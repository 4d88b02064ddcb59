# What `cmake --install` puts where: program, libraries, headers, profiles, and
# two ways for others to find them: pkg-config and a CMake package. All paths
# are relative to the installed files, so the tree may be staged and moved.
include(CMakePackageConfigHelpers)

set(LIQ_PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/liqscan)

if(TARGET liqscan_program)
  install(TARGETS liqscan_program)
endif()
install(TARGETS liqscan EXPORT liqscanSharedTargets)
install(TARGETS liqscan_static EXPORT liqscanStaticTargets)
install(FILES ${LIQ_PUBLIC_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/liqscan)
if(LIQ_PROFILE_FILES)
  install(FILES ${LIQ_PROFILE_FILES} DESTINATION ${CMAKE_INSTALL_DATADIR}/liqscan/profiles)
endif()

# Two sets of targets: who links the shared library needs none of the
# libraries below it installed for development.
install(EXPORT liqscanSharedTargets NAMESPACE liqscan:: DESTINATION ${LIQ_PACKAGE_FOLDER})
install(EXPORT liqscanStaticTargets NAMESPACE liqscan:: DESTINATION ${LIQ_PACKAGE_FOLDER})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/liqscanConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/liqscanConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/liqscanConfig.cmake
  INSTALL_DESTINATION ${LIQ_PACKAGE_FOLDER})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/liqscanConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/liqscanConfigVersion.cmake
  DESTINATION ${LIQ_PACKAGE_FOLDER})

file(RELATIVE_PATH LIQ_PREFIX_FROM_PKGCONFIG
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/liqscan.pc.in
  ${CMAKE_CURRENT_BINARY_DIR}/liqscan.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/liqscan.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What runs the sidecar and watches it. systemd looks below the prefixes /usr and
# /usr/local by itself; the rest is there to be copied.
if(TARGET liqscan_program)
  set(LIQ_PACKAGING_FOLDER ${CMAKE_SOURCE_DIR}/host/packaging)
  install(FILES ${LIQ_PACKAGING_FOLDER}/liqscan.service DESTINATION lib/systemd/system)
  install(FILES ${LIQ_PACKAGING_FOLDER}/liqscan-gpu.conf
    ${LIQ_PACKAGING_FOLDER}/liqscan.json.example
    ${LIQ_PACKAGING_FOLDER}/liqscan.rules.yml
    ${LIQ_PACKAGING_FOLDER}/liqscan.dashboard.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/liqscan)
endif()
