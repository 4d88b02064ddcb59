#include "engine/core_frozen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "outlet/output.h"
#include "scan/live_scan.h"
#include "settle/settle_state.h"

/* Bytes that grow, and the writer that fills them. */
typedef struct state_bytes {
    char *data;
    size_t capacity;
    size_t count;
    liq_output output;
} state_bytes;

static liq_status bytes_make(state_bytes **out, liq_error *err);
static liq_status bytes_give(state_bytes *bytes, void **out, size_t *count, liq_error *err);
static void bytes_destroy(state_bytes *bytes);
static int sink(void *context, const char *data, size_t bytes);
static liq_status head_take(liq_core_frozen *out, const liq_core *core, liq_error *err);
static liq_status tail_take(liq_core_frozen *out, const liq_core *core, liq_error *err);
static liq_status holds_take(liq_core_frozen *out, const liq_core *core, liq_error *err);
static liq_status seqs_take(liq_core_frozen *out, const liq_core *core, liq_error *err);
static void core_write(const liq_core *core, liq_output *output);
static void sources_write(const liq_core *core, liq_output *output);
static void prices_write(const liq_core *core, const char *what, const liq_names *names,
                         const liq_core_price *prices, uint32_t count, liq_output *output);
static void accounts_write(const liq_core_frozen *frozen, const liq_live_account *accounts,
                           liq_output *output);
static liq_status guard_write(const liq_core *core, liq_output *output, liq_error *err);
static liq_status settle_write(const liq_core *core, liq_output *output, liq_error *err);
static liq_status end_write(state_bytes *bytes, liq_error *err);

void liq_core_frozen_size(liq_core_frozen *out, const liq_core *core)
{
    out->account_capacity = core->account_capacity;
    for (uint32_t i = 0; i < core->config.source_count; i++)
        out->has_seqs[i] = core->sources[i].account_seqs != NULL;
}

liq_status liq_core_frozen_room(liq_core_frozen *frozen, liq_error *err)
{
    const uint32_t count = frozen->account_capacity;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < LIQ_CONFIG_SOURCES_MAX; i++) {
        if (!frozen->has_seqs[i] || frozen->account_seqs[i] != NULL)
            continue;
        if ((status = liq_memory_array(&frozen->account_seqs[i], count, sizeof(uint64_t), err)) !=
                LIQ_OK ||
            (status = liq_memory_array(&frozen->confirmed[i], count, sizeof(uint32_t), err)) !=
                LIQ_OK)
            return status;
        liq_memory_touch(frozen->account_seqs[i], count * sizeof(uint64_t));
        liq_memory_touch(frozen->confirmed[i], count * sizeof(uint32_t));
    }
    return status;
}

liq_status liq_core_frozen_take(liq_core_frozen *frozen, const liq_core *core, liq_error *err)
{
    liq_status status;

    frozen->config = core->config;
    if ((status = head_take(frozen, core, err)) != LIQ_OK ||
        (status = tail_take(frozen, core, err)) != LIQ_OK ||
        (status = holds_take(frozen, core, err)) != LIQ_OK)
        return status;
    return seqs_take(frozen, core, err);
}

liq_status liq_core_frozen_write(const liq_core_frozen *frozen, const liq_live_account *accounts,
                                 void **out, size_t *bytes, liq_error *err)
{
    state_bytes *state = NULL;
    liq_status status = bytes_make(&state, err);

    if (status != LIQ_OK)
        return status;
    liq_output_add(&state->output, frozen->head, frozen->head_bytes);
    accounts_write(frozen, accounts, &state->output);
    liq_output_add(&state->output, frozen->tail, frozen->tail_bytes);
    if ((status = liq_output_finish(&state->output, err)) == LIQ_OK &&
        (status = end_write(state, err)) == LIQ_OK)
        status = bytes_give(state, out, bytes, err);
    bytes_destroy(state);
    return status;
}

void liq_core_frozen_clear(liq_core_frozen *frozen)
{
    free(frozen->head);
    free(frozen->tail);
    free(frozen->holds);
    for (uint32_t i = 0; i < LIQ_CONFIG_SOURCES_MAX; i++) {
        free(frozen->account_seqs[i]);
        free(frozen->confirmed[i]);
    }
    *frozen = (liq_core_frozen){0};
}

static liq_status bytes_make(state_bytes **out, liq_error *err)
{
    const liq_status status = liq_memory_array(out, 1, sizeof **out, err);

    if (status == LIQ_OK)
        liq_output_start_sink(&(*out)->output, sink, *out);
    return status;
}

static liq_status bytes_give(state_bytes *bytes, void **out, size_t *count, liq_error *err)
{
    const liq_status status = liq_output_finish(&bytes->output, err);

    if (status != LIQ_OK)
        return status;
    *out = bytes->data;
    *count = bytes->count;
    bytes->data = NULL;
    return LIQ_OK;
}

static void bytes_destroy(state_bytes *bytes)
{
    free(bytes->data);
    free(bytes);
}

static liq_status head_take(liq_core_frozen *out, const liq_core *core, liq_error *err)
{
    const liq_venue *venue = &core->book->venue;
    state_bytes *head = NULL;
    liq_status status = bytes_make(&head, err);

    if (status != LIQ_OK)
        return status;
    core_write(core, &head->output);
    sources_write(core, &head->output);
    prices_write(core, "mark", venue->instrument_names, core->marks, core->instrument_count,
                 &head->output);
    prices_write(core, "index", venue->asset_names, core->indices, core->asset_count,
                 &head->output);
    status = bytes_give(head, &out->head, &out->head_bytes, err);
    bytes_destroy(head);
    return status;
}

static liq_status tail_take(liq_core_frozen *out, const liq_core *core, liq_error *err)
{
    state_bytes *tail = NULL;
    liq_status status = bytes_make(&tail, err);

    if (status != LIQ_OK)
        return status;
    if ((status = guard_write(core, &tail->output, err)) == LIQ_OK &&
        (status = settle_write(core, &tail->output, err)) == LIQ_OK)
        status = bytes_give(tail, &out->tail, &out->tail_bytes, err);
    bytes_destroy(tail);
    return status;
}

/* As a rule few, and nobody looks at all accounts when there is none. */
static liq_status holds_take(liq_core_frozen *out, const liq_core *core, liq_error *err)
{
    const liq_status status = liq_memory_extend(
        &out->holds, &out->hold_capacity, (size_t)core->account_holds, sizeof *out->holds, err);

    out->hold_count = 0;
    for (uint32_t i = 0; status == LIQ_OK && out->hold_count < core->account_holds; i++) {
        LIQ_ASSERT(i < core->account_capacity);
        if (core->accounts[i].holds != 0)
            out->holds[out->hold_count++] = (liq_frozen_hold){i, core->accounts[i]};
    }
    return status;
}

/* The rest of the time is for a source that has begun to count since the memory was taken. */
static liq_status seqs_take(liq_core_frozen *out, const liq_core *core, liq_error *err)
{
    const size_t count = core->account_capacity;
    liq_status status;

    liq_core_frozen_size(out, core);
    if ((status = liq_core_frozen_room(out, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < core->config.source_count; i++)
        if (out->has_seqs[i]) {
            memcpy(out->account_seqs[i], core->sources[i].account_seqs, count * sizeof(uint64_t));
            memcpy(out->confirmed[i], core->sources[i].confirmed, count * sizeof(uint32_t));
        }
    return LIQ_OK;
}

static int sink(void *context, const char *data, size_t bytes)
{
    state_bytes *state = context;

    if (liq_memory_extend(&state->data, &state->capacity, state->count + bytes, 1, NULL) != LIQ_OK)
        return 12; /* ENOMEM */
    memcpy(state->data + state->count, data, bytes);
    state->count += bytes;
    return 0;
}

static void core_write(const liq_core *core, liq_output *output)
{
    const liq_names *names = core->book->venue.instrument_names;
    const int flags = (core->is_halted ? 1 : 0) | (core->is_complete ? 2 : 0) |
                      (core->is_in_snapshot ? 4 : 0) | (core->cpu_only ? 8 : 0);

    char config[LIQ_CORE_CONFIG_BYTES];

    liq_core_config_write(&core->config, config);
    liq_output_string(output, "liqscan-state\t1\nconfig\t");
    liq_output_string(output, config);
    liq_output_string(output, "\n");
    liq_output_format(output, "core\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t%d\n",
                      core->tick, core->seq, core->now_ms, core->event_ms, flags);
    for (uint32_t i = 0; i < core->instrument_count; i++) {
        if (core->halted[i])
            liq_output_format(output, "halted\t%s\n", liq_names_get(names, i));
        if (core->volatility[i][0] != '\0')
            liq_output_format(output, "volatility\t%s\t%s\n", liq_names_get(names, i),
                              core->volatility[i]);
        if (core->margin.dynamic != NULL) {
            char margin[LIQ_MARGIN_STATE_BYTES];

            liq_live_margin_state_write(&core->margin, i, margin);
            liq_output_format(output, "margin\t%s\t%s\n", liq_names_get(names, i), margin);
        }
    }
}

static void sources_write(const liq_core *core, liq_output *output)
{
    for (uint32_t i = 0; i < core->config.source_count; i++) {
        const liq_core_source *source = &core->sources[i];

        liq_output_format(output, "source\t%s\t%" PRIu64 "\t%u\t%u\t%d\t%d\n",
                          core->config.sources[i], source->applied, source->gaps,
                          source->gaps_cleared, source->feeds_accounts, source->feeds_prices);
        if (source->account_seqs != NULL)
            liq_output_format(output, "numbers\t%s\n", core->config.sources[i]);
    }
}

static void prices_write(const liq_core *core, const char *what, const liq_names *names,
                         const liq_core_price *prices, uint32_t count, liq_output *output)
{
    for (uint32_t i = 0; i < count; i++)
        if (prices[i].source != LIQ_NO_INDEX)
            liq_output_format(output, "%s\t%s\t%" PRId64 "\t%s\t%d\n", what,
                              liq_names_get(names, i), prices[i].time_ms,
                              core->config.sources[prices[i].source], prices[i].is_new);
}

static void accounts_write(const liq_core_frozen *frozen, const liq_live_account *accounts,
                           liq_output *output)
{
    for (size_t i = 0; i < frozen->hold_count; i++)
        liq_output_format(output, "account\t%s\t%u\t%" PRId64 "\n",
                          accounts[frozen->holds[i].account].id, frozen->holds[i].facts.holds,
                          frozen->holds[i].facts.advised_until_ms);
    for (uint32_t source = 0; source < frozen->config.source_count; source++) {
        const uint64_t *seqs = frozen->account_seqs[source];
        const uint32_t *confirmed = frozen->confirmed[source];

        for (uint32_t i = 0; frozen->has_seqs[source] && i < frozen->account_capacity; i++)
            if (accounts[i].alive && (seqs[i] != 0 || confirmed[i] != 0))
                liq_output_format(output, "seq\t%s\t%s\t%" PRIu64 "\t%u\n",
                                  frozen->config.sources[source], accounts[i].id, seqs[i],
                                  confirmed[i]);
    }
}

static liq_status guard_write(const liq_core *core, liq_output *output, liq_error *err)
{
    liq_bytes_out bytes = {0};

    liq_guard_state_write(core->guard.guard, &bytes);
    liq_output_format(output, "guard\t%zu\n", bytes.count);
    liq_output_add(output, (const char *)bytes.data, bytes.count);
    liq_output_add(output, "\n", 1);
    free(bytes.data);
    return bytes.has_failed ? liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for guards")
                            : LIQ_OK;
}

static liq_status settle_write(const liq_core *core, liq_output *output, liq_error *err)
{
    void *data = NULL;
    size_t bytes = 0;
    const liq_status status = liq_settle_state_write(core->settle, &data, &bytes, err);

    if (status == LIQ_OK) {
        liq_output_format(output, "settle\t%zu\n", bytes);
        liq_output_add(output, data, bytes);
        liq_output_add(output, "\n", 1);
    }
    free(data);
    return status;
}

static liq_status end_write(state_bytes *bytes, liq_error *err)
{
    char hex[LIQ_HASH_HEX_BYTES];
    liq_hash *hash = NULL;
    liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    liq_hash_add(hash, bytes->data, bytes->count);
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    liq_output_start_sink(&bytes->output, sink, bytes);
    liq_output_format(&bytes->output, "end\t%s\n", hex);
    return liq_output_finish(&bytes->output, err);
}
