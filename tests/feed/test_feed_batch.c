#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

#include "feed/feed_batch.h"

static liq_feed_batch *batch_make(void)
{
    liq_feed_batch *batch = NULL;

    cr_assert(liq_feed_batch_create(&batch, NULL) == LIQ_OK);
    return batch;
}

Test(feed_batch, gives_memory_that_stays_where_it_is)
{
    liq_feed_batch *batch = batch_make();
    uint64_t *words[5000];
    char *big;

    for (uint64_t i = 0; i < 5000; i++) {
        words[i] = liq_feed_batch_take(batch, sizeof **words + i % 40);
        cr_assert(words[i] != NULL && (uintptr_t)words[i] % 8 == 0);
        *words[i] = i;
    }
    big = liq_feed_batch_take(batch, 1024 * 1024);
    memset(big, 7, 1024 * 1024);
    for (uint64_t i = 0; i < 5000; i++)
        cr_assert(*words[i] == i);
    cr_expect(liq_feed_batch_memory(batch) > 1024 * 1024 + LIQ_FEED_READ_BYTES);
    liq_feed_batch_clear(batch);
    cr_expect(liq_feed_batch_memory(batch) < LIQ_FEED_BATCH_KEPT_BYTES);
    liq_feed_batch_destroy(batch);
    liq_feed_batch_destroy(NULL);
}

Test(feed_batch, takes_back_only_what_was_taken_last)
{
    liq_feed_batch *batch = batch_make();
    char *const first = liq_feed_batch_take(batch, 100);
    char *second;
    char *third;

    liq_feed_batch_trim(batch, first, 100, 3);
    second = liq_feed_batch_take(batch, 100);
    cr_expect(second == first + 8);
    third = liq_feed_batch_take(batch, 10);
    liq_feed_batch_trim(batch, second, 100, 0);
    cr_expect(liq_feed_batch_take(batch, 1) == third + 16);
    liq_feed_batch_destroy(batch);
}

Test(feed_batch, keeps_its_memory_and_nothing_else_when_it_is_cleared)
{
    liq_feed_batch *batch = batch_make();
    liq_feed_event *event;
    size_t memory;
    char *bytes;

    for (int i = 0; i < 100; i++) {
        cr_assert(liq_feed_batch_add(batch, &event, NULL) == LIQ_OK);
        cr_expect(event->seq == 0);
        event->seq = 7;
    }
    batch->source = 3;
    batch->is_end = true;
    batch->byte_count = 10;
    batch->arrived_ns = 5;
    batch->token = event;
    memory = liq_feed_batch_memory(batch);
    bytes = batch->bytes;
    liq_feed_batch_clear(batch);
    cr_expect(liq_feed_batch_memory(batch) == memory && batch->bytes == bytes);
    cr_expect(batch->event_count == 0 && batch->source == 0 && !batch->is_end);
    cr_expect(batch->byte_count == 0 && batch->arrived_ns == 0 && batch->token == NULL);
    cr_assert(liq_feed_batch_room(batch, 3 * LIQ_FEED_READ_BYTES, NULL) == LIQ_OK);
    cr_expect(batch->byte_capacity >= 3 * LIQ_FEED_READ_BYTES);
    liq_feed_batch_destroy(batch);
}
