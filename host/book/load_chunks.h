/*
 * One large file of a book, read by all processors.
 *
 * The file is cut at line ends into chunks. Their lines are counted first, so that each row has its
 * place before it is read; then threads take the chunks in turn. A thread only takes what is right:
 * from the first chunk with anything wrong the file is left to the caller, who reads it line by
 * line and says what is wrong. So the first bad line is the one that is named, whatever threads
 * did.
 */
#ifndef LIQ_BOOK_LOAD_CHUNKS_H
#define LIQ_BOOK_LOAD_CHUNKS_H

#include "base/csv.h"
#include "base/workers.h"
#include "book/load_internal.h"

typedef struct liq_chunk {
    uint32_t index;
    size_t begin; /* of its first line, in bytes from the start of the file */
    size_t end;
    size_t first_row; /* of the file, from 0: row i stands on line i + 2 */
    size_t row_count;
} liq_chunk;

typedef struct liq_chunks {
    liq_chunk *items;
    uint32_t count;
    uint32_t worker_count; /* 1 .. LIQ_WORKERS_MAX */
    size_t row_count;      /* of the file, counting empty lines at its end */
    liq_csv *parts[LIQ_WORKERS_MAX];
    const liq_csv *csv;
    const liq_book_loader *loader;
    const char *file;
} liq_chunks;

/**
 * Cut a file and count its lines.
 * @param csv   open, no row of it read; lent until the chunks are cleared
 * @param file  its name; lent likewise
 * @return LIQ_OK, with no chunks when the file is not worth more than one thread, or when
 * something is wrong that reading it line by line tells; LIQ_OUT_OF_MEMORY, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_chunks_create(liq_chunks *out, const liq_book_loader *loader,
                                          const liq_csv *csv, const char *file);

/**
 * Read all chunks, several at once.
 * @param take     reads exactly the rows of a chunk from part; called on the thread of a worker,
 *                 0 .. worker_count - 1; false when anything is wrong, be it memory
 * @param refused  receives the first chunk that was not taken: all before it were, and some behind
 *                 it may have been; or chunks->count
 * @return LIQ_OK or LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_chunks_read(liq_chunks *chunks,
                                        bool (*take)(void *context, uint32_t worker, liq_csv *part,
                                                     const liq_chunk *chunk),
                                        void *context, uint32_t *refused);

/** Takes a zeroed or filled one. */
void liq_chunks_clear(liq_chunks *chunks);

#endif
