/*
 * A book as the command line asks for it: loaded with progress on standard error, then shocked.
 */
#ifndef LIQ_APP_BOOK_OPEN_H
#define LIQ_APP_BOOK_OPEN_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/status.h>

#include "app/options.h"

#define LIQ_OPTION_SNAPSHOT                                                                        \
    {                                                                                              \
        "snapshot", "FILE", false,                                                                 \
            "load BOOK from FILE when FILE is a snapshot of\n"                                     \
            "exactly its files; else write FILE, so that the\n"                                    \
            "next load is faster"                                                                  \
    }

/**
 * @param book     a directory, or a snapshot of one
 * @param out      receives the book, which the caller destroys
 * @param load_ns  receives the time that loading took
 * @return as liq_book_load and liq_book_shock
 */
LIQ_MUST_USE liq_status liq_book_open(liq_book **out, const char *book, const liq_options *options,
                                      uint64_t *load_ns, liq_error *err);

/** The same where the moves of --shock are for the command itself: prices are as loaded. */
LIQ_MUST_USE liq_status liq_book_open_unmoved(liq_book **out, const char *book,
                                              const liq_options *options, uint64_t *load_ns,
                                              liq_error *err);

#endif
