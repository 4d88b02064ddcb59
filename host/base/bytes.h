/*
 * Numbers and texts as bytes, one behind the other, and back: little-endian whatever the machine,
 * without padding. Both ways a failure is remembered and all that follows does nothing, so that it
 * is asked for once, at the end.
 */
#ifndef LIQ_BASE_BYTES_H
#define LIQ_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/int128.h"
#include "base/text.h"

/* Zero it to begin; data is given back with free(). */
typedef struct liq_bytes_out {
    unsigned char *data;
    size_t count;
    size_t capacity;
    bool has_failed; /* out of memory */
} liq_bytes_out;

void liq_bytes_put_u8(liq_bytes_out *out, uint8_t value);
void liq_bytes_put_u32(liq_bytes_out *out, uint32_t value);
void liq_bytes_put_u64(liq_bytes_out *out, uint64_t value);
void liq_bytes_put_i64(liq_bytes_out *out, int64_t value);
void liq_bytes_put_i128(liq_bytes_out *out, liq_int128 value);

/** A text of at most 255 bytes: its length in a byte, then itself. */
void liq_bytes_put_text(liq_bytes_out *out, liq_text text);

/* Set data and bytes to begin. */
typedef struct liq_bytes_in {
    const unsigned char *data; /* lent */
    size_t bytes;
    size_t at;
    bool has_failed; /* something was asked for that is not there */
} liq_bytes_in;

/* What is not there reads as zero. */
uint8_t liq_bytes_get_u8(liq_bytes_in *in);
uint32_t liq_bytes_get_u32(liq_bytes_in *in);
uint64_t liq_bytes_get_u64(liq_bytes_in *in);
int64_t liq_bytes_get_i64(liq_bytes_in *in);
liq_int128 liq_bytes_get_i128(liq_bytes_in *in);

/** Lent by the data. */
liq_text liq_bytes_get_text(liq_bytes_in *in);

/** A byte that must be 0 or 1. */
bool liq_bytes_get_flag(liq_bytes_in *in);

/** A number of items of at least so many bytes each: past what is left it fails, before anybody
 * takes memory for them. */
uint32_t liq_bytes_get_count(liq_bytes_in *in, size_t item_bytes_least);

#endif
