/*
 * A book in memory written out as the directory that liq_book_load reads.
 */
#ifndef LIQ_SUPPORT_BOOK_FILES_H
#define LIQ_SUPPORT_BOOK_FILES_H

#include "book/columns.h"

/** Write every file into an existing directory. The profile is custom, with every rule spelled. */
void liq_book_files_write(const liq_book *book, const char *directory);

/** Remove what liq_book_files_write wrote, and the directory. */
void liq_book_files_remove(const char *directory);

#endif
