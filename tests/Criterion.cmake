# One Criterion program for each tests/<room>/test_<file>.c.

pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)

file(GLOB LIQ_TEST_SOURCES CONFIGURE_DEPENDS
  base/test_*.c wire/test_*.c policy/test_*.c dynamic/test_*.c guard/test_*.c book/test_*.c
  device/test_*.c scan/test_*.c settle/test_*.c cascade/test_*.c feed/test_*.c
  journal/test_*.c outlet/test_*.c engine/test_*.c app/test_*.c)

# What several programs share, by files that a program picks by linking: compiled once.
file(GLOB LIQ_SUPPORT_SOURCES CONFIGURE_DEPENDS */support_*.c)
add_library(liqscan_test_support STATIC ${LIQ_SUPPORT_SOURCES})
target_link_libraries(liqscan_test_support PUBLIC
  liqscan_serve PkgConfig::CRITERION PkgConfig::GMP)
target_include_directories(liqscan_test_support PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(liqscan_test_support PUBLIC
  LIQ_PROGRAM="${CMAKE_BINARY_DIR}/host/liqscan"
  LIQ_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
# Criterion's assertions store an int in a one-bit field. Tests are compiled to run once, so half of
# the compiler's work on them is saved; sanitizers make most of what is left, optimised or not.
if(LIQ_SANITIZE)
  set(optimisation -O0)
else()
  set(optimisation -O1 -g1)
endif()
set_source_files_properties(${LIQ_SUPPORT_SOURCES} ${LIQ_TEST_SOURCES}
  PROPERTIES COMPILE_OPTIONS "-Wno-conversion;${optimisation}")

# Some hundred programs are linked: gold, where there is one, takes a third of the time.
include(CheckLinkerFlag)
check_linker_flag(C -fuse-ld=gold LIQ_HAS_GOLD)

foreach(source IN LISTS LIQ_TEST_SOURCES)
  get_filename_component(name ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE liqscan_test_support)
  if(room STREQUAL app)
    target_link_libraries(${name} PRIVATE liqscan_app)
  endif()
  if(LIQ_HAS_GOLD)
    target_link_options(${name} PRIVATE -fuse-ld=gold)
  endif()
  if(TARGET liqscan_program)
    add_dependencies(${name} liqscan_program)
  endif()
  set(jobs 2)
  if(name STREQUAL test_device_scores)
    # It has a driver compile most of the kernels, half a minute of work on PoCL: one after another,
    # before other tests need them and would compile them as well.
    set(jobs 1)
  endif()
  add_test(NAME ${room}/${name} COMMAND ${name} --jobs ${jobs})
  set_tests_properties(${room}/${name} PROPERTIES LABELS ${room} TIMEOUT 300)
  if(room STREQUAL device)
    # tests/run.sh names one folder for PoCL; these are about those that we make ourselves.
    set_tests_properties(${room}/${name} PROPERTIES
      ENVIRONMENT_MODIFICATION POCL_CACHE_DIR=unset:)
  elseif(room MATCHES "^(scan|settle|engine|app)$" AND NOT name STREQUAL test_device_scores)
    set_tests_properties(${room}/${name} PROPERTIES DEPENDS scan/test_device_scores)
  endif()
endforeach()

# What takes long begins early, so that nothing runs alone at the end.
set_tests_properties(scan/test_device_scores PROPERTIES COST 1000)
set_tests_properties(device/test_program journal/test_journal_damage PROPERTIES COST 100)

# A driver that ends the process when it is loaded, for tests of listing.
add_library(bad_driver MODULE device/bad_driver.c)
target_link_libraries(bad_driver PRIVATE liqscan_flags)
target_compile_definitions(test_device_list PRIVATE LIQ_BAD_DRIVER="$<TARGET_FILE:bad_driver>")
add_dependencies(test_device_list bad_driver)
