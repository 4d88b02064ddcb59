#include "engine/core_state.h"

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
    liq_status status;
    liq_output output;
} state_bytes;

static int sink(void *context, const char *data, size_t bytes);
static void core_write(const liq_core *core, liq_output *output);
static void sources_write(const liq_core *core, liq_output *output);
static void prices_write(const liq_core *core, const char *what, const liq_names *names,
                         const liq_core_price *prices, uint32_t count, liq_output *output);
static void accounts_write(const liq_core *core, liq_output *output);
static liq_status guard_write(const liq_core *core, liq_output *output, liq_error *err);
static liq_status settle_write(const liq_core *core, liq_output *output, liq_error *err);
static liq_status end_write(state_bytes *bytes, liq_error *err);

liq_status liq_core_state_write(const liq_core *core, void **out, size_t *bytes, liq_error *err)
{
    const liq_venue *venue = &core->book->venue;
    state_bytes *state = NULL;
    liq_status status = liq_memory_array(&state, 1, sizeof *state, err);

    if (status != LIQ_OK)
        return status;
    liq_output_start_sink(&state->output, sink, state);
    core_write(core, &state->output);
    sources_write(core, &state->output);
    prices_write(core, "mark", venue->instrument_names, core->marks, core->instrument_count,
                 &state->output);
    prices_write(core, "index", venue->asset_names, core->indices, core->asset_count,
                 &state->output);
    accounts_write(core, &state->output);
    if ((status = guard_write(core, &state->output, err)) == LIQ_OK &&
        (status = settle_write(core, &state->output, err)) == LIQ_OK &&
        (status = liq_output_finish(&state->output, err)) == LIQ_OK &&
        (status = end_write(state, err)) == LIQ_OK) {
        *out = state->data;
        *bytes = state->count;
        state->data = NULL;
    }
    free(state->data);
    free(state);
    return status;
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

static void accounts_write(const liq_core *core, liq_output *output)
{
    const liq_live_account *accounts = core->live->book.accounts;

    for (uint32_t i = 0; i < core->account_capacity; i++)
        if (core->accounts[i].holds != 0)
            liq_output_format(output, "account\t%s\t%u\t%" PRId64 "\n", accounts[i].id,
                              core->accounts[i].holds, core->accounts[i].advised_until_ms);
    for (uint32_t source = 0; source < core->config.source_count; source++) {
        const liq_core_source *of = &core->sources[source];

        for (uint32_t i = 0; of->account_seqs != NULL && i < core->account_capacity; i++)
            if (accounts[i].alive && (of->account_seqs[i] != 0 || of->confirmed[i] != 0))
                liq_output_format(output, "seq\t%s\t%s\t%" PRIu64 "\t%u\n",
                                  core->config.sources[source], accounts[i].id, of->account_seqs[i],
                                  of->confirmed[i]);
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
