#include "scan/self_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_probe.h"
#include "scan/device_scan.h"
#include "scan/scan_program.h"
#include "scan/self_test_adl.h"
#include "scan/self_test_book.h"
#include "scan/truth.h"

/* A cold compile on a loaded machine takes seconds; a hung driver takes for ever. */
enum { CHILD_TIMEOUT_MS = 120000 };

/* What a child is to test. */
typedef struct child_order {
    uint32_t device_index;
    uint32_t parts;
} child_order;

static liq_status probe_echo(liq_device *device, const liq_program *program, liq_error *err);
static liq_status probe_launch(liq_device *device, const liq_program *program,
                               const liq_probe_records *records, liq_u64 *words, uint32_t *count,
                               liq_error *err);
static liq_status rows_compare(liq_device *device, uint32_t parts, liq_error *err);
static liq_status known_compare(const liq_self_test_book *book, const liq_row_record *results,
                                liq_error *err);
static liq_status row_compare(uint32_t index, const liq_row_record *result,
                              const liq_row_record *expected, const char *authority,
                              liq_error *err);
static int child_run(void *context, char *message, size_t message_bytes);

liq_status liq_self_test_run(liq_device *device, uint32_t parts, liq_error *err)
{
    liq_program *program = NULL;
    liq_status status;

    /* Held to the end: all parts of the test then share it, and it is stored once, with what they
     * launched. */
    if ((status = liq_scan_program_build(&program, device, "margin", liq_scan_shape_of(device),
                                         err)) == LIQ_OK &&
        (status = probe_echo(device, program, err)) == LIQ_OK)
        status = rows_compare(device, parts, err);
    liq_program_destroy(program);
    return status;
}

liq_status liq_self_test_device(uint32_t device_index, uint32_t parts, liq_error *err)
{
    liq_device *device = NULL;
    liq_status status = liq_device_open(&device, device_index, err);

    if (status == LIQ_OK)
        status = liq_self_test_run(device, parts, err);
    liq_device_close(device);
    return status;
}

liq_status liq_self_test_in_child(uint32_t device_index, uint32_t parts, char *message,
                                  size_t message_bytes, liq_error *err)
{
    child_order order = {.device_index = device_index, .parts = parts};

    return liq_device_in_child(child_run, &order, message, message_bytes, CHILD_TIMEOUT_MS, err);
}

static int child_run(void *context, char *message, size_t message_bytes)
{
    const child_order *order = context;
    liq_error err = {0};
    const liq_status status = liq_self_test_device(order->device_index, order->parts, &err);

    if (status != LIQ_OK)
        (void)snprintf(message, message_bytes, "%s", err.message);
    return status == LIQ_OK ? 0 : 1;
}

/* Every byte of the records differs from its neighbours, so a shifted field cannot pass. */
static liq_status probe_echo(liq_device *device, const liq_program *program, liq_error *err)
{
    union {
        liq_probe_records records;
        uint8_t bytes[sizeof(liq_probe_records)];
    } image;
    liq_u64 expected[LIQ_PROBE_WORDS] = {0};
    liq_u64 words[LIQ_PROBE_WORDS] = {0};
    uint32_t count = 0;
    uint32_t expected_count;
    liq_status status;

    for (size_t i = 0; i < sizeof image.bytes; i++)
        image.bytes[i] = (uint8_t)(i * 37 + 11);
    expected_count = liq_probe_write(&image.records, expected);
    LIQ_ASSERT(expected_count <= LIQ_PROBE_WORDS);
    if ((status = probe_launch(device, program, &image.records, words, &count, err)) != LIQ_OK)
        return status;
    if (count != expected_count)
        return liq_fail(err, LIQ_SELF_TEST, 0, "the probe wrote %u words, %u were expected", count,
                        expected_count);
    for (uint32_t i = 0; i < count; i++)
        if (words[i] != expected[i])
            return liq_fail(err, LIQ_SELF_TEST, 0,
                            "the probe read %llx in word %u of the records, the host %llx",
                            (unsigned long long)words[i], i, (unsigned long long)expected[i]);
    return LIQ_OK;
}

static liq_status probe_launch(liq_device *device, const liq_program *program,
                               const liq_probe_records *records, liq_u64 *words, uint32_t *count,
                               liq_error *err)
{
    liq_kernel *kernel = NULL;
    liq_buffer *input = NULL;
    liq_buffer *output = NULL;
    liq_buffer *counter = NULL;
    liq_status status;

    if ((status = liq_kernel_create(&kernel, program, "probe", err)) != LIQ_OK ||
        (status = liq_buffer_create(&input, device, sizeof *records, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&output, device, LIQ_PROBE_WORDS * sizeof *words,
                                    LIQ_BUFFER_OUTPUT, err)) != LIQ_OK ||
        (status = liq_buffer_create(&counter, device, sizeof *count, LIQ_BUFFER_OUTPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_write(input, 0, records, sizeof *records, err)) != LIQ_OK)
        goto done;
    const liq_kernel_argument arguments[] = {
        LIQ_ARGUMENT_BUFFER(input), LIQ_ARGUMENT_BUFFER(output), LIQ_ARGUMENT_BUFFER(counter)};
    if ((status = liq_kernel_launch(kernel, arguments, 3, 1, 1, err)) == LIQ_OK &&
        (status = liq_buffer_read(counter, 0, count, sizeof *count, err)) == LIQ_OK)
        status = liq_buffer_read(output, 0, words, LIQ_PROBE_WORDS * sizeof *words, err);
done:
    liq_buffer_destroy(counter);
    liq_buffer_destroy(output);
    liq_buffer_destroy(input);
    liq_kernel_destroy(kernel);
    return status;
}

static liq_status rows_compare(liq_device *device, uint32_t parts, liq_error *err)
{
    liq_self_test_book book = {0};
    liq_device_scan *scan = NULL;
    liq_row_record *results = NULL;
    liq_status status;

    if ((status = liq_self_test_book_create(&book, (parts & LIQ_TEST_PORTFOLIO) != 0, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&results, book.rows.row_count, sizeof *results, err)) !=
            LIQ_OK ||
        (status = liq_device_scan_create(&scan, device, &book.rows, &book.market, NULL, err)) !=
            LIQ_OK ||
        (status = liq_device_scan_run(scan, &book.market, results, NULL, err)) != LIQ_OK ||
        (status = known_compare(&book, results, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; status == LIQ_OK && i < book.rows.row_count; i++) {
        const liq_row_record truth = liq_truth_row(&book.market, &book.rows, i);

        status = row_compare(i, &results[i], &truth, "the CPU truth", err);
    }
    if (status == LIQ_OK && (parts & (LIQ_TEST_SCORES | LIQ_TEST_ROW_SCORES)) != 0)
        status = liq_self_test_adl(device, &book, parts, err);
done:
    liq_device_scan_destroy(scan);
    free(results);
    liq_self_test_book_clear(&book);
    return status;
}

static liq_status known_compare(const liq_self_test_book *book, const liq_row_record *results,
                                liq_error *err)
{
    uint32_t count;
    const liq_row_record *known = liq_self_test_known(&count);

    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        if (book->rows.keys[i].reason != LIQ_REASON_PORTFOLIO ||
            liq_portfolio_market_exists(&book->market.portfolio))
            status = row_compare(i, &results[i], &known[i], "the known answer", err);
    return status;
}

/* Equal in every byte, or refused with the first field that differs. */
static liq_status row_compare(uint32_t index, const liq_row_record *result,
                              const liq_row_record *expected, const char *authority, liq_error *err)
{
    const struct {
        const char *name;
        int64_t got;
        int64_t wanted;
    } fields[] = {{"equity", result->equity, expected->equity},
                  {"maintenance margin", result->maintenance, expected->maintenance},
                  {"initial margin", result->initial, expected->initial},
                  {"notional", result->notional, expected->notional},
                  {"status", result->status, expected->status},
                  {"reason", result->reason, expected->reason},
                  {"reason index", result->reason_index, expected->reason_index},
                  {"reserved word", result->reserved_zero, expected->reserved_zero}};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].got != fields[i].wanted)
            return liq_fail(err, LIQ_SELF_TEST, 0, "row %u: %s is %lld, %s says %lld", index,
                            fields[i].name, (long long)fields[i].got, authority,
                            (long long)fields[i].wanted);
    return LIQ_OK;
}
