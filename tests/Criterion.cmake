# One Criterion program for each tests/<room>/test_<file>.c, linked with the
# support_*.c files beside it.

pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)

file(GLOB LIQ_TEST_SOURCES CONFIGURE_DEPENDS
  base/test_*.c wire/test_*.c policy/test_*.c book/test_*.c device/test_*.c scan/test_*.c
  settle/test_*.c feed/test_*.c journal/test_*.c outlet/test_*.c engine/test_*.c app/test_*.c)

foreach(source IN LISTS LIQ_TEST_SOURCES)
  get_filename_component(name ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  file(GLOB support CONFIGURE_DEPENDS ${folder}/support_*.c)
  if(room MATCHES "^(feed|outlet|app)$") # a broker
    file(GLOB below CONFIGURE_DEPENDS wire/support_broker.c)
    list(APPEND support ${below})
  endif()
  if(room STREQUAL settle) # rationals, seeded numbers and books in code come from below
    file(GLOB below CONFIGURE_DEPENDS scan/support_*.c)
    list(APPEND support ${below})
  endif()
  if(room STREQUAL app) # a journal that is the same in every run
    list(APPEND support journal/support_record.c)
  endif()
  if(room MATCHES "^(feed|wire)$") # random numbers
    list(APPEND support base/support_random.c)
  endif()
  if(room STREQUAL feed) # the other side of a socket
    list(APPEND support wire/support_client.c)
  endif()
  add_executable(${name} ${source} ${support})
  # Criterion's assertions store an int in a one-bit field.
  set_source_files_properties(${source} ${support} PROPERTIES COMPILE_OPTIONS -Wno-conversion)
  target_link_libraries(${name} PRIVATE liqscan_serve PkgConfig::CRITERION PkgConfig::GMP)
  if(room STREQUAL app)
    target_link_libraries(${name} PRIVATE liqscan_app)
  endif()
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE
    LIQ_PROGRAM="${CMAKE_BINARY_DIR}/host/liqscan"
    LIQ_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(TARGET liqscan_program)
    add_dependencies(${name} liqscan_program)
  endif()
  add_test(NAME ${room}/${name} COMMAND ${name} --jobs 2)
  set_tests_properties(${room}/${name} PROPERTIES LABELS ${room} TIMEOUT 300)
endforeach()

# A driver that ends the process when it is loaded, for tests of listing.
add_library(bad_driver MODULE device/bad_driver.c)
target_link_libraries(bad_driver PRIVATE liqscan_flags)
target_compile_definitions(test_device_list PRIVATE LIQ_BAD_DRIVER="$<TARGET_FILE:bad_driver>")
add_dependencies(test_device_list bad_driver)
