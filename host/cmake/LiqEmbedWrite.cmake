# cmake -DMODE=kernels|profiles|grids -DROOT=... -DFOLDER=... -DINPUTS=a;b [-DPROGRAMS=p=c,d;q=e,f]
#   -P LiqEmbedWrite.cmake
#
# kernels:  write FOLDER/<name>.cl for each input (its headers expanded), and for each p of PROGRAMS
#           FOLDER/p.cl with the kernels c and d in one text; then FOLDER/embedded_kernels.c
# profiles: write FOLDER/embedded_profiles.c
# grids:    write FOLDER/embedded_grids.c
cmake_minimum_required(VERSION 3.25)

# Append the text of path to the variable `flat`, with each `#include "x.h"`
# replaced by kernels/x.h the first time and by an empty line after that. The
# #line marks keep the file and line that a person can open in the messages of
# any OpenCL compiler. Texts are walked as strings, never as CMake lists: a
# list would eat the semicolons and brackets of C.
function(liq_flatten path)
  file(READ ${path} rest)
  file(RELATIVE_PATH shown ${ROOT} ${path})
  string(APPEND flat "#line 1 \"${shown}\"\n")
  set(number 1)
  while(NOT rest STREQUAL "")
    string(FIND "${rest}" "\n" end)
    if(end EQUAL -1)
      set(line "${rest}")
      set(rest "")
    else()
      string(SUBSTRING "${rest}" 0 ${end} line)
      math(EXPR end "${end} + 1")
      string(SUBSTRING "${rest}" ${end} -1 rest)
    endif()
    if(line MATCHES "^[ \t]*#[ \t]*include[ \t]*\"([^\"]*)\"")
      set(header ${CMAKE_MATCH_1})
      set(line "")
      if(NOT EXISTS ${ROOT}/kernels/${header} OR header MATCHES "/")
        message(FATAL_ERROR "${shown}:${number}: ${header} is not a file of kernels/")
      endif()
      if(NOT header IN_LIST seen)
        list(APPEND seen ${header})
        liq_flatten(${ROOT}/kernels/${header})
        math(EXPR next "${number} + 1")
        set(line "#line ${next} \"${shown}\"")
      endif()
    endif()
    string(APPEND flat "${line}\n")
    math(EXPR number "${number} + 1")
  endwhile()
  set(flat "${flat}" PARENT_SCOPE)
  set(seen "${seen}" PARENT_SCOPE)
endfunction()

# Append to `code` a byte array of the text in path, and to `table` its entry.
# Character constants, because a string literal past 64 KiB is not portable C
# and a number past 127 does not fit a signed char.
function(liq_embed name path)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "(........................)" "\\1\n    " bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND code "static const char ${prefix}_${identifier}[] = {\n    ${bytes}'\\0'};\n\n")
  string(APPEND table
    "    {\"${name}\", ${prefix}_${identifier}, sizeof ${prefix}_${identifier} - 1},\n")
  set(code "${code}" PARENT_SCOPE)
  set(table "${table}" PARENT_SCOPE)
endfunction()

function(liq_write_table path name)
  file(WRITE ${path} "/* Written by the build; do not edit. */\n"
    "#include \"base/embedded.h\"\n\n${code}"
    "const liq_embedded ${name}[] = {\n${table}    {NULL, NULL, 0}};\n")
endfunction()

# Write the kernels of paths as one text and embed it as the program of that name.
macro(liq_embed_program name paths)
  set(flat "")
  set(seen "")
  foreach(path IN LISTS ${paths})
    liq_flatten(${path})
  endforeach()
  file(WRITE ${FOLDER}/${name}.cl "${flat}")
  liq_embed(${name} ${FOLDER}/${name}.cl)
endmacro()

list(SORT INPUTS)
set(code "")
set(table "")

if(MODE STREQUAL "kernels")
  set(prefix liq_kernel_source)
  foreach(input IN LISTS INPUTS)
    get_filename_component(name ${input} NAME_WE)
    set(kernel ${input})
    liq_embed_program(${name} kernel)
  endforeach()
  foreach(program IN LISTS PROGRAMS)
    string(REGEX MATCHALL "[^=,]+" kernels "${program}")
    list(POP_FRONT kernels name)
    if(EXISTS ${ROOT}/kernels/${name}.cl)
      message(FATAL_ERROR "kernels/${name}.cl: this name stands for several kernels together")
    endif()
    list(TRANSFORM kernels REPLACE "(.+)" "${ROOT}/kernels/\\1.cl")
    foreach(kernel IN LISTS kernels)
      if(NOT kernel IN_LIST INPUTS)
        message(FATAL_ERROR "program ${name}: ${kernel} is no kernel")
      endif()
    endforeach()
    liq_embed_program(${name} kernels)
  endforeach()
  liq_write_table(${FOLDER}/embedded_kernels.c liq_embedded_kernel_table)
elseif(MODE STREQUAL "profiles")
  set(prefix liq_profile_text)
  foreach(input IN LISTS INPUTS)
    get_filename_component(name ${input} NAME_WE)
    liq_embed(${name} ${input})
  endforeach()
  liq_write_table(${FOLDER}/embedded_profiles.c liq_embedded_profile_table)
elseif(MODE STREQUAL "grids")
  set(prefix liq_grid_text)
  foreach(input IN LISTS INPUTS)
    get_filename_component(name ${input} NAME_WE)
    liq_embed(${name} ${input})
  endforeach()
  liq_write_table(${FOLDER}/embedded_grids.c liq_embedded_grid_table)
else()
  message(FATAL_ERROR "MODE must be kernels, profiles or grids, not '${MODE}'")
endif()
