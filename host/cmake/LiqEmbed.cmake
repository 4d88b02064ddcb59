# Turn texts that ship inside the library into C sources.
# Sets LIQ_EMBEDDED_SOURCES: the files to compile.

set(LIQ_EMBEDDED_SOURCES)
