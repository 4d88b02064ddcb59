/*
 * SHA-256, from OpenSSL's libcrypto: keys of cached programs and hashes of
 * results.
 */
#ifndef LIQ_BASE_HASH_H
#define LIQ_BASE_HASH_H

#include <stddef.h>

#include <liqscan/status.h>

enum { LIQ_HASH_BYTES = 32, LIQ_HASH_HEX_BYTES = 65 };

typedef struct liq_hash liq_hash;

LIQ_MUST_USE liq_status liq_hash_create(liq_hash **out, liq_error *err);
void liq_hash_destroy(liq_hash *hash);

/** Add bytes to the hash. Aborts if libcrypto fails, which it can only do for a hash already
 * finished. */
void liq_hash_add(liq_hash *hash, const void *data, size_t bytes);

/** Finish, write 64 lower-case hex digits and a terminator, and start afresh. */
void liq_hash_finish(liq_hash *hash, char hex[LIQ_HASH_HEX_BYTES]);

#endif
