#include "journal/journal_chain.h"

#include <string.h>

enum { NUMBER_BYTES = 8 };

static void add(liq_chain *chain, const void *data, size_t bytes);
static void number_add(liq_chain *chain, char kind, uint64_t number);
static void block_add(liq_chain *chain, char kind, const void *data, size_t bytes);
static void flush(liq_chain *chain);
static int digit_of(char letter);

liq_status liq_chain_create(liq_chain *out, liq_error *err)
{
    out->used = 0;
    return liq_hash_create(&out->hash, err);
}

void liq_chain_clear(liq_chain *chain)
{
    liq_hash_destroy(chain->hash);
    chain->hash = NULL;
}

/* A hash that was left in the middle, because a transaction failed, is finished to start afresh. */
void liq_chain_begin(liq_chain *chain, const char *previous)
{
    char dropped[LIQ_HASH_HEX_BYTES];

    liq_chain_finish(chain, dropped);
    add(chain, previous, strlen(previous));
}

void liq_chain_row(liq_chain *chain, const char *table)
{
    add(chain, table, strlen(table) + 1);
}

void liq_chain_null(liq_chain *chain)
{
    add(chain, "n", 1);
}

void liq_chain_integer(liq_chain *chain, int64_t value)
{
    number_add(chain, 'i', (uint64_t)value);
}

void liq_chain_text(liq_chain *chain, const void *data, size_t bytes)
{
    block_add(chain, 't', data, bytes);
}

void liq_chain_bytes(liq_chain *chain, const void *data, size_t bytes)
{
    block_add(chain, 'b', data, bytes);
}

void liq_chain_row_end(liq_chain *chain)
{
    add(chain, "r", 1);
}

void liq_chain_finish(liq_chain *chain, char hex[LIQ_HASH_HEX_BYTES])
{
    flush(chain);
    liq_hash_finish(chain->hash, hex);
}

int liq_hex_read(unsigned char out[LIQ_HASH_BYTES], const char *hex)
{
    if (strlen(hex) != (size_t)2 * LIQ_HASH_BYTES)
        return 0;
    for (int i = 0; i < LIQ_HASH_BYTES; i++) {
        const int high = digit_of(hex[2 * i]);
        const int low = digit_of(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return 0;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

void liq_hex_write(char out[LIQ_HASH_HEX_BYTES], const unsigned char bytes[LIQ_HASH_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < LIQ_HASH_BYTES; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * LIQ_HASH_BYTES] = '\0';
}

static void add(liq_chain *chain, const void *data, size_t bytes)
{
    if (bytes > sizeof chain->buffer - chain->used)
        flush(chain);
    if (bytes > sizeof chain->buffer) {
        liq_hash_add(chain->hash, data, bytes);
        return;
    }
    memcpy(chain->buffer + chain->used, data, bytes);
    chain->used += bytes;
}

static void number_add(liq_chain *chain, char kind, uint64_t number)
{
    unsigned char bytes[1 + NUMBER_BYTES] = {(unsigned char)kind};

    for (int i = 0; i < NUMBER_BYTES; i++)
        bytes[1 + i] = (unsigned char)(number >> (8 * i));
    add(chain, bytes, sizeof bytes);
}

static void block_add(liq_chain *chain, char kind, const void *data, size_t bytes)
{
    number_add(chain, kind, bytes);
    if (bytes > 0) /* an empty block of SQLite's has no address */
        add(chain, data, bytes);
}

static void flush(liq_chain *chain)
{
    liq_hash_add(chain->hash, chain->buffer, chain->used);
    chain->used = 0;
}

static int digit_of(char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = letter == '\0' ? NULL : strchr(digits, letter);

    return found == NULL ? -1 : (int)(found - digits);
}
