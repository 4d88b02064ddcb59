/*
 * A book loaded by one thread, line by line, and by all: what both must say alike.
 */
#ifndef LIQ_TESTS_BOOK_SUPPORT_ALONE_H
#define LIQ_TESTS_BOOK_SUPPORT_ALONE_H

#include "support_folder.h"

/** Load the book both ways and compare the outcome, be it a book or a refusal. */
void expect_same_load(const folder *home, const char *what);

/** Expect a refusal with this message, both ways. */
void expect_refused_load(const folder *home, const char *message);

#endif
