/*
 * A device that is lost in the middle of a tick: the tick is taken again on the host, and is the
 * one that whoever reads the journal again takes, who knows of no device.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "book/columns.h"
#include "device/cl_internal.h"
#include "device/support_device.h"
#include "engine/engine_core.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"

enum { START_MS = 1000000, VENUE_BYTES = 1 << 15 };

static const char policy[] =
    "{\"policy\":{\"guards\":{\"stale_ms\":1000,\"step\":\"0.05\",\"confirm_marks\":2},"
    "\"dynamic_margin\":{\"step\":\"0.1\",\"open_interest\":{\"lower_cap\":\"100\","
    "\"upper_cap\":\"1000\",\"rates\":\"both\"}}},";

static const liq_core_config config = {.sources = {"marks"},
                                       .source_count = 1,
                                       .stale_ms = -1,
                                       .book_is_complete = true,
                                       .limits = {.events_max = 64}};

static void make(liq_core *out, const char *device)
{
    static char text[VENUE_BYTES];
    liq_book *book = NULL;
    liq_error err = {0};

    *out = (liq_core){.device = device};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(out, &config, book, &err), LIQ_OK, "%s", err.message);
    (void)snprintf(text, sizeof text, "%s%.*s", policy, (int)out->book->venue_bytes - 1,
                   strchr(out->book->venue_text, '{') + 1);
    cr_assert_eq(liq_core_rebuild(out, "venue.json", text, &err), LIQ_OK, "%s", err.message);
}

/* Marks without a time: they are of the tick that takes them in. */
static void marks(liq_core *core, const char *bitcoin)
{
    char line[512];
    liq_feed_parser parser = {0};
    liq_feed_batch *batch = NULL;
    liq_error err = {0};

    (void)snprintf(line, sizeof line,
                   "{\"seq\":1,\"type\":\"marks\",\"marks\":["
                   "{\"symbol\":\"BTCUSDT\",\"markPrice\":\"%s\"},"
                   "{\"symbol\":\"ETHUSDT\",\"markPrice\":\"2438\"}]}",
                   bitcoin);
    cr_assert_eq(liq_feed_batch_create(&batch, &err), LIQ_OK);
    cr_assert_eq(liq_feed_parse(&parser, batch, liq_text_of(line), &err), LIQ_OK);
    cr_assert_eq(liq_core_apply(core, 0, &batch->events[0], &err), LIQ_OK, "%s", err.message);
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
}

static uint32_t factor(const liq_core *core)
{
    uint32_t ppm = 0;

    cr_assert_eq(liq_live_margin_factors(core->live, "BTCUSDT", &ppm, NULL, NULL), LIQ_OK);
    return ppm;
}

Test(core_device, takes_the_tick_again_in_which_a_device_was_lost)
{
    static liq_core lost;
    static liq_core kept;
    liq_error err = {0};

    support_device_needed();
    make(&lost, "");
    make(&kept, NULL);
    marks(&lost, "50000");
    marks(&kept, "50000");
    marks(&lost, "62100");
    marks(&kept, "62100");
    lost.live->device.device->queue = NULL; /* it leaks, as that of a lost device does */
    cr_assert_eq(liq_core_run(&lost, START_MS, &err), LIQ_DEVICE_FAULT, "%s", err.message);
    cr_assert_eq(liq_core_take_over(&lost, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_core_run(&kept, START_MS, &err), LIQ_OK, "%s", err.message);
    cr_expect_str_eq(lost.last.settle.hash, kept.last.settle.hash);
    cr_expect_str_eq(lost.last.state_hash, kept.last.state_hash);
    cr_expect_eq(factor(&lost), factor(&kept), "%u, not %u", factor(&lost), factor(&kept));
    cr_expect_gt(factor(&kept), 1000000);
    liq_core_destroy(&lost);
    liq_core_destroy(&kept);
}
