#include "base/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/fail.h"

struct liq_hash {
    EVP_MD_CTX *context;
};

liq_status liq_hash_create(liq_hash **out, liq_error *err)
{
    liq_hash *hash = malloc(sizeof *hash);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (hash == NULL || context == NULL) {
        free(hash);
        EVP_MD_CTX_free(context);
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a hash");
    }
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        free(hash);
        EVP_MD_CTX_free(context);
        return liq_fail(err, LIQ_UNSUPPORTED, 0, "libcrypto offers no SHA-256");
    }
    hash->context = context;
    *out = hash;
    return LIQ_OK;
}

void liq_hash_destroy(liq_hash *hash)
{
    if (hash == NULL)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

void liq_hash_add(liq_hash *hash, const void *data, size_t bytes)
{
    LIQ_ASSERT(EVP_DigestUpdate(hash->context, data, bytes) == 1);
}

void liq_hash_finish(liq_hash *hash, char hex[LIQ_HASH_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[LIQ_HASH_BYTES];
    unsigned int bytes = 0;

    LIQ_ASSERT(EVP_DigestFinal_ex(hash->context, digest, &bytes) == 1);
    LIQ_ASSERT(bytes == LIQ_HASH_BYTES);
    for (unsigned int i = 0; i < bytes; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * LIQ_HASH_BYTES] = '\0';
    LIQ_ASSERT(EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) == 1);
}
