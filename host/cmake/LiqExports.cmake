# Write the list of names that the shared library exports, from the functions
# that the public headers declare. Sets LIQ_EXPORTS_FILE (a linker script).
#
# A list made from the headers cannot fall behind them, and needs no macro in
# front of each declaration.

set(LIQ_EXPORTS_FILE ${CMAKE_BINARY_DIR}/exports.map)
set(names)
foreach(header IN LISTS LIQ_PUBLIC_HEADERS)
  # Declarations only: no comment line, no macro, no name after '(' or '*' such
  # as the parameter of another function.
  file(STRINGS ${header} lines REGEX "liq_[a-z0-9_]+\\(")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^[ \t]*(/?\\*|//|#)")
      string(REGEX MATCH "liq_[a-z0-9_]+\\(" name "${line}")
      string(REPLACE "(" "" name "${name}")
      list(APPEND names ${name})
    endif()
  endforeach()
endforeach()
list(REMOVE_DUPLICATES names)
list(SORT names)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${LIQ_PUBLIC_HEADERS})

set(text "LIQSCAN_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} {\nglobal:\n")
foreach(name IN LISTS names)
  string(APPEND text "    ${name};\n")
endforeach()
file(CONFIGURE OUTPUT ${LIQ_EXPORTS_FILE} CONTENT "${text}local:\n    *;\n};\n")
