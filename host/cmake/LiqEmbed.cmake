# Turn texts that ship inside the library into C sources (host/base/embedded.h).
# Sets LIQ_EMBEDDED_SOURCES (the files to compile) and LIQ_FLAT_KERNELS (the
# flattened OpenCL programs, which tests compile by themselves).
#
# The work is done at build time by LiqEmbedWrite.cmake; CMake alone is enough.

file(GLOB LIQ_KERNEL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/*.cl)
file(GLOB LIQ_KERNEL_HEADERS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/*.h)
file(GLOB LIQ_PROFILE_FILES CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/host/policy/profiles/*.json)
file(GLOB LIQ_GRID_FILES CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/host/policy/grids/*.json)

set(LIQ_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/LiqEmbedWrite.cmake)
set(LIQ_EMBED_FOLDER ${CMAKE_BINARY_DIR}/embedded)
set(LIQ_EMBEDDED_SOURCES
  ${LIQ_EMBED_FOLDER}/embedded_kernels.c ${LIQ_EMBED_FOLDER}/embedded_profiles.c
  ${LIQ_EMBED_FOLDER}/embedded_grids.c)

# Every kernel is a program of its own, so that nobody waits for the compiling of what he does not
# launch. Those that are launched together are one besides: their common text is read once.
set(LIQ_KERNEL_PROGRAMS
  margin=margin_chunks,margin_long_rows,margin_rows,probe screen=screen_list,screen_rows)
set(LIQ_FLAT_KERNELS)
foreach(program IN LISTS LIQ_KERNEL_PROGRAMS)
  string(REGEX REPLACE "=.*" "" name ${program})
  list(APPEND LIQ_FLAT_KERNELS ${LIQ_EMBED_FOLDER}/${name}.cl)
endforeach()
foreach(source IN LISTS LIQ_KERNEL_SOURCES)
  get_filename_component(name ${source} NAME)
  list(APPEND LIQ_FLAT_KERNELS ${LIQ_EMBED_FOLDER}/${name})
endforeach()

# The list itself is an input: without it a deleted kernel would stay embedded.
file(MAKE_DIRECTORY ${LIQ_EMBED_FOLDER})
file(CONFIGURE OUTPUT ${LIQ_EMBED_FOLDER}/inputs.txt
  CONTENT
  "${LIQ_KERNEL_SOURCES}\n${LIQ_KERNEL_PROGRAMS}\n${LIQ_PROFILE_FILES}\n${LIQ_GRID_FILES}\n")

add_custom_command(
  OUTPUT ${LIQ_EMBED_FOLDER}/embedded_kernels.c ${LIQ_FLAT_KERNELS}
  COMMAND ${CMAKE_COMMAND} -DMODE=kernels -DROOT=${CMAKE_SOURCE_DIR} -DFOLDER=${LIQ_EMBED_FOLDER}
    "-DINPUTS=${LIQ_KERNEL_SOURCES}" "-DPROGRAMS=${LIQ_KERNEL_PROGRAMS}"
    -P ${LIQ_EMBED_SCRIPT}
  DEPENDS ${LIQ_KERNEL_SOURCES} ${LIQ_KERNEL_HEADERS} ${LIQ_EMBED_SCRIPT}
    ${LIQ_EMBED_FOLDER}/inputs.txt
  COMMENT "Embedding the OpenCL programs"
  VERBATIM)
add_custom_command(
  OUTPUT ${LIQ_EMBED_FOLDER}/embedded_profiles.c
  COMMAND ${CMAKE_COMMAND} -DMODE=profiles -DROOT=${CMAKE_SOURCE_DIR} -DFOLDER=${LIQ_EMBED_FOLDER}
    "-DINPUTS=${LIQ_PROFILE_FILES}" -P ${LIQ_EMBED_SCRIPT}
  DEPENDS ${LIQ_PROFILE_FILES} ${LIQ_EMBED_SCRIPT} ${LIQ_EMBED_FOLDER}/inputs.txt
  COMMENT "Embedding the venue profiles"
  VERBATIM)
add_custom_command(
  OUTPUT ${LIQ_EMBED_FOLDER}/embedded_grids.c
  COMMAND ${CMAKE_COMMAND} -DMODE=grids -DROOT=${CMAKE_SOURCE_DIR} -DFOLDER=${LIQ_EMBED_FOLDER}
    "-DINPUTS=${LIQ_GRID_FILES}" -P ${LIQ_EMBED_SCRIPT}
  DEPENDS ${LIQ_GRID_FILES} ${LIQ_EMBED_SCRIPT} ${LIQ_EMBED_FOLDER}/inputs.txt
  COMMENT "Embedding the rules of portfolio margin"
  VERBATIM)
