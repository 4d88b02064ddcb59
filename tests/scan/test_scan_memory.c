/*
 * What a scan says of its memory: as much as the allocator gave, and within what the README
 * promises.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <liqscan/scanner.h>

#include "book/generate.h"
#include "support_opened.h"

enum { ACCOUNTS = 40000, INSTRUMENTS = 60, PATH_BYTES = 512 };
enum { DEVICE_POSITION = 40, DEVICE_ACCOUNT = 96, HOST_POSITION = 120, HOST_ACCOUNT = 400 };

static char folder[PATH_BYTES];

static const char *path_of(const char *name)
{
    static char path[PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void folder_remove(void)
{
    static const char *const names[] = {"venue.json",    "accounts.csv", "balances.csv",
                                        "positions.csv", "marks.csv",    "orders.csv"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(path_of(names[i]));
    (void)rmdir(folder);
}

static void book_write(uint32_t isolated_ppm, uint32_t order_ppm)
{
    const char *parent = getenv("TMPDIR");
    liq_generate_options options;
    liq_error err = {0};

    (void)snprintf(folder, sizeof folder, "%s/liqscan-memory-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    cr_assert_not_null(mkdtemp(folder));
    liq_generate_defaults(&options);
    options.accounts = ACCOUNTS;
    options.instruments = INSTRUMENTS;
    options.isolated_ppm = isolated_ppm;
    options.hedge_ppm = isolated_ppm / 2;
    options.order_ppm = order_ppm;
    cr_assert_eq(liq_generate(folder, &options, NULL, &err), LIQ_OK, "%s", err.message);
}

/* Bytes that programs have of the allocator, mapped ones included. */
static uint64_t taken(void)
{
    const struct mallinfo2 facts = mallinfo2();

    return (uint64_t)facts.uordblks + facts.hblkhd;
}

static void scan(liq_book **book, liq_scanner **scanner, liq_scan_summary *summary,
                 const char *device)
{
    const liq_scanner_options options = {.device = device, .skip_self_test = 1};
    liq_error err = {0};

    cr_assert_eq(liq_book_load(book, folder, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_scanner_create(scanner, *book, &options, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_scanner_scan(*scanner, summary, &err), LIQ_OK, "%s", err.message);
}

Test(scan_memory, tells_what_the_allocator_gave)
{
    const uint64_t before = taken();
    liq_scan_summary summary;
    liq_book *book = NULL;
    liq_scanner *scanner = NULL;
    uint64_t held;

    book_write(100000, 0);
    scan(&book, &scanner, &summary, LIQ_DEVICE_CPU_REFERENCE);
    held = taken() - before;
    folder_remove();
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    if (held < 1000000) /* another allocator, as under a sanitizer */
        cr_skip();
    cr_expect_geq(summary.host_memory_bytes, held / 100 * 97, "%llu of %llu",
                  (unsigned long long)summary.host_memory_bytes, (unsigned long long)held);
    cr_expect_leq(summary.host_memory_bytes, held + 4096, "%llu of %llu",
                  (unsigned long long)summary.host_memory_bytes, (unsigned long long)held);
}

static void limits_check(const char *device, uint32_t isolated_ppm, uint32_t order_ppm)
{
    liq_book_counts counts;
    liq_scan_summary summary;
    liq_book *book = NULL;
    liq_scanner *scanner = NULL;

    book_write(isolated_ppm, order_ppm);
    scan(&book, &scanner, &summary, device);
    liq_book_count(book, &counts);
    cr_expect_leq(summary.device_memory_bytes,
                  DEVICE_POSITION * counts.positions + DEVICE_ACCOUNT * summary.rows);
    cr_expect_leq(summary.device_position_bytes, DEVICE_POSITION);
    cr_expect_leq(summary.device_account_bytes, DEVICE_ACCOUNT);
    cr_expect_leq(summary.host_memory_bytes,
                  HOST_POSITION * counts.positions + HOST_ACCOUNT * summary.rows);
    cr_expect_leq(summary.host_position_bytes, HOST_POSITION);
    cr_expect_leq(summary.host_account_bytes, HOST_ACCOUNT);
    /* All of it is told, whichever share it is put to. */
    cr_expect_geq(summary.host_position_bytes * counts.positions +
                      summary.host_account_bytes * summary.rows,
                  summary.host_memory_bytes);
    cr_expect_eq(summary.device_memory_bytes == 0, strcmp(device, LIQ_DEVICE_CPU_REFERENCE) == 0);
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    folder_remove();
}

Test(scan_memory, stays_within_its_limits_on_the_host)
{
    limits_check(LIQ_DEVICE_CPU_REFERENCE, 0, 0);
    limits_check(LIQ_DEVICE_CPU_REFERENCE, 300000, 0);
}

Test(scan_memory, stays_within_its_limits_with_a_device)
{
    liq_device *device = liq_opened_device();
    char name[LIQ_DEVICE_NAME_BYTES];

    (void)snprintf(name, sizeof name, "%s", liq_device_describe(device)->name);
    liq_device_close(device);
    limits_check(name, 0, 0);
    limits_check(name, 300000, 0);
}
