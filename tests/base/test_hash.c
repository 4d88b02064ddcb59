#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* The examples of FIPS 180-4 and the empty text. */
static const struct {
    const char *text;
    const char *hex;
} examples[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

Test(hash, gives_the_published_values_and_starts_afresh)
{
    liq_hash *hash = NULL;
    char hex[LIQ_HASH_HEX_BYTES];

    cr_assert(liq_hash_create(&hash, NULL) == LIQ_OK);
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        liq_hash_add(hash, examples[i].text, strlen(examples[i].text));
        liq_hash_finish(hash, hex);
        cr_expect(strcmp(hex, examples[i].hex) == 0, "%s: %s", examples[i].text, hex);
    }
    liq_hash_destroy(hash);
    liq_hash_destroy(NULL);
}

Test(hash, does_not_see_how_the_bytes_were_cut)
{
    liq_hash *hash = NULL;
    char hex[LIQ_HASH_HEX_BYTES];
    char letters[1000];

    cr_assert(liq_hash_create(&hash, NULL) == LIQ_OK);
    memset(letters, 'a', sizeof letters);
    for (size_t left = 1000000, bytes = 1; left > 0; left -= bytes, bytes = bytes % 999 + 1) {
        bytes = bytes < left ? bytes : left;
        liq_hash_add(hash, letters, bytes);
    }
    liq_hash_finish(hash, hex);
    cr_expect(strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0,
              "%s", hex);
    liq_hash_destroy(hash);
}
