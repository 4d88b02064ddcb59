/*
 * Two threads load, shock, scan and explain a book of their own through the public API at the same
 * time, by the CPU truth; then one scans on a device, where there is one. All must see the same
 * hashes.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/book.h>
#include <liqscan/explain.h>
#include <liqscan/scanner.h>

#include "base/fail.h"

enum { ROUNDS = 20, THREADS = 2, HASH_BYTES = 65 };

/* What a thread saw: the hash of the book as it is, and after a shock. */
typedef struct seen {
    char plain[HASH_BYTES];
    char shocked[HASH_BYTES];
} seen;

static void *work(void *context);
static liq_status scan_twice(seen *out, const char *device, liq_error *err);

int main(void)
{
    pthread_t threads[THREADS];
    seen hashes[THREADS];
    seen on_device;
    liq_error err = {0};
    int i;

    for (i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_create(&threads[i], NULL, work, &hashes[i]) == 0);
    for (i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    LIQ_ASSERT(memcmp(&hashes[0], &hashes[1], sizeof hashes[0]) == 0);
    LIQ_ASSERT(strcmp(hashes[0].plain, hashes[0].shocked) != 0);
    switch (scan_twice(&on_device, NULL, &err)) {
    case LIQ_OK:
        LIQ_ASSERT(memcmp(&hashes[0], &on_device, sizeof on_device) == 0);
        break;
    case LIQ_NO_DEVICE:
        (void)puts("tsan_scan: no OpenCL device, the CPU truth only");
        break;
    default:
        (void)fprintf(stderr, "tsan_scan: %s\n", err.message);
        return 1;
    }
    (void)puts("tsan_scan: ok");
    return 0;
}

static void *work(void *context)
{
    liq_error err = {0};

    for (int i = 0; i < ROUNDS; i++) {
        seen *out = context;

        memset(out, 0, sizeof *out);
        LIQ_ASSERT(scan_twice(out, LIQ_DEVICE_CPU_REFERENCE, &err) == LIQ_OK);
    }
    return NULL;
}

static liq_status scan_twice(seen *out, const char *device, liq_error *err)
{
    const liq_scanner_options options = {.device = device};
    liq_explanation *explanation = NULL;
    liq_scanner *scanner = NULL;
    liq_book *book = NULL;
    liq_scan_summary summary;
    liq_status status;

    memset(out, 0, sizeof *out);
    if ((status = liq_book_load(&book, LIQ_SOURCE_DIR "/tests/books/small", NULL, err)) != LIQ_OK ||
        (status = liq_scanner_create(&scanner, book, &options, err)) != LIQ_OK ||
        (status = liq_scanner_scan(scanner, &summary, err)) != LIQ_OK)
        goto done;
    memcpy(out->plain, summary.hash, HASH_BYTES);
    if ((status = liq_book_shock(book, "BTCUSDT", -100000, err)) != LIQ_OK ||
        (status = liq_scanner_scan(scanner, &summary, err)) != LIQ_OK)
        goto done;
    memcpy(out->shocked, summary.hash, HASH_BYTES);
    status = liq_explain(&explanation, book, "whale", err);
done:
    liq_explanation_destroy(explanation);
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    return status;
}
