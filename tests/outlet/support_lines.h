/*
 * Lines like decisions, numbered from 1, and a keeper of old ones that makes them up again.
 */
#ifndef LIQ_TESTS_SUPPORT_LINES_H
#define LIQ_TESTS_SUPPORT_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "outlet/line_ring.h"
#include "outlet/outlet.h"

enum { LINE_ROOM = 512 };

/* The line of a number, without newline; lengths differ. */
liq_text line_make(char out[LINE_ROOM], uint64_t seq);

/* Add the lines of these numbers and tell. */
void lines_add(liq_line_ring *ring, uint64_t from, uint64_t to);

/* All of them with newlines, terminated; give it back with free(). */
char *lines_text(uint64_t from, uint64_t to);

/* Keeper of lines 1 .. last. */
typedef struct archive {
    uint64_t last;
    uint64_t reads;
} archive;

liq_line_pull archive_pull(archive *self);

liq_line_ring *ring_make(size_t bytes_max, uint64_t last_seq);

/* Wait at most 20 s for a line to be out; the facts then. */
liq_outlet_facts outlet_await(liq_outlet *outlet, uint64_t seq);

#endif
