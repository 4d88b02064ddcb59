/*
 * Whether a tick may be recorded: what it says of itself, before anything of it is written.
 */
#include "journal/journal_internal.h"

#include <string.h>

#include "base/fail.h"
#include "journal/decimal_sum.h"

enum { ASSETS_MAX = 64 }; /* in one decision */

/* The sums of one decision, by asset. */
typedef struct leg_sums {
    const char *assets[ASSETS_MAX];
    liq_decimal_sum sums[ASSETS_MAX];
    uint32_t count;
    uint64_t seq;
} leg_sums;

static liq_status head_check(const liq_journal *journal, const liq_journal_tick *tick,
                             liq_error *err);
static liq_status decisions_check(const liq_journal *journal, const liq_journal_tick *tick,
                                  liq_error *err);
static liq_status line_check(const liq_journal_decision *decision, liq_error *err);
static liq_status rows_check(const liq_journal_tick *tick, liq_error *err);
static liq_status legs_check(const liq_journal *journal, const liq_journal_tick *tick,
                             liq_error *err);
static liq_status leg_add(leg_sums *sums, const liq_journal_leg *leg, liq_error *err);
static liq_status sums_check(const leg_sums *sums, liq_error *err);
static bool is_hash(const char *hex);
static bool is_text(const char *text);

liq_status liq_journal_tick_check(const liq_journal *journal, const liq_journal_tick *tick,
                                  liq_error *err)
{
    liq_status status;

    if ((status = head_check(journal, tick, err)) != LIQ_OK ||
        (status = decisions_check(journal, tick, err)) != LIQ_OK ||
        (status = rows_check(tick, err)) != LIQ_OK)
        return status;
    return legs_check(journal, tick, err);
}

static liq_status head_check(const liq_journal *journal, const liq_journal_tick *tick,
                             liq_error *err)
{
    if (tick->tick != journal->last.tick + 1)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "tick %llu does not follow tick %llu",
                        (unsigned long long)tick->tick, (unsigned long long)journal->last.tick);
    if (!is_text(tick->cause))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "tick %llu has no cause",
                        (unsigned long long)tick->tick);
    if (!is_hash(tick->marks_hash) || !is_hash(tick->state_hash))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "tick %llu: a hash is neither empty nor 64 hex digits",
                        (unsigned long long)tick->tick);
    return LIQ_OK;
}

static liq_status decisions_check(const liq_journal *journal, const liq_journal_tick *tick,
                                  liq_error *err)
{
    for (uint32_t i = 0; i < tick->decision_count; i++) {
        const liq_journal_decision *decision = &tick->decisions[i];
        const uint64_t seq = journal->last.seq + 1 + i;
        liq_status status;

        if (decision->seq != seq || seq > INT64_MAX)
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "tick %llu: decision %llu is in the place of decision %llu",
                            (unsigned long long)tick->tick, (unsigned long long)decision->seq,
                            (unsigned long long)seq);
        if (decision->action != NULL && decision->action->seq != seq)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "decision %llu has action %llu",
                            (unsigned long long)seq, (unsigned long long)decision->action->seq);
        if ((status = line_check(decision, err)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status line_check(const liq_journal_decision *decision, liq_error *err)
{
    const liq_text line = decision->line;

    if (line.bytes == 0 || line.bytes > LIQ_JOURNAL_LINE_BYTES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "decision %llu: a line has 1 to %d bytes, not %zu",
                        (unsigned long long)decision->seq, LIQ_JOURNAL_LINE_BYTES_MAX, line.bytes);
    if (memchr(line.data, '\n', line.bytes) != NULL || memchr(line.data, 0, line.bytes) != NULL ||
        !liq_text_utf8(line))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "decision %llu: is not one line of UTF-8: \"%.*s\"",
                        (unsigned long long)decision->seq, LIQ_TEXT_ARGS(line));
    return LIQ_OK;
}

static liq_status rows_check(const liq_journal_tick *tick, liq_error *err)
{
    const unsigned long long number = tick->tick;

    for (uint32_t i = 0; i < tick->source_count; i++) {
        const liq_status status = liq_journal_name_check("source", tick->sources[i].source, err);

        if (status != LIQ_OK)
            return status;
        if (tick->sources[i].position > INT64_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "tick %llu: the position of source \"%s\" is past 2^63 - 1", number,
                            tick->sources[i].source);
    }
    for (uint32_t i = 0; i < tick->mark_count; i++)
        if (!is_text(tick->marks[i].symbol) || !is_text(tick->marks[i].price))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "tick %llu: mark %u lacks a symbol or a price",
                            number, i + 1);
    for (uint32_t i = 0; i < tick->fund_count; i++)
        if (!is_text(tick->funds[i].fund) || !is_text(tick->funds[i].asset) ||
            !is_text(tick->funds[i].balance))
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "tick %llu: fund %u lacks a name, an asset or a balance", number,
                            i + 1);
    return LIQ_OK;
}

static liq_status legs_check(const liq_journal *journal, const liq_journal_tick *tick,
                             liq_error *err)
{
    leg_sums sums = {.seq = journal->last.seq};
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->leg_count && status == LIQ_OK; i++) {
        const liq_journal_leg *leg = &tick->legs[i];

        if (leg->seq < sums.seq || leg->seq <= journal->last.seq ||
            leg->seq > journal->last.seq + tick->decision_count)
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "tick %llu: leg %u is of decision %llu, which is not its place",
                            (unsigned long long)tick->tick, i + 1, (unsigned long long)leg->seq);
        if (leg->seq != sums.seq) {
            status = sums_check(&sums, err);
            sums.seq = leg->seq;
            sums.count = 0;
        }
        if (status == LIQ_OK)
            status = leg_add(&sums, leg, err);
    }
    return status == LIQ_OK ? sums_check(&sums, err) : status;
}

static liq_status leg_add(leg_sums *sums, const liq_journal_leg *leg, liq_error *err)
{
    uint32_t i = 0;

    if (!is_text(leg->room) || !is_text(leg->asset) || leg->amount == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "decision %llu: a leg lacks its room, asset or amount",
                        (unsigned long long)leg->seq);
    while (i < sums->count && strcmp(sums->assets[i], leg->asset) != 0)
        i++;
    if (i == ASSETS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "decision %llu: legs in more than %d assets",
                        (unsigned long long)leg->seq, ASSETS_MAX);
    if (i == sums->count) {
        sums->assets[i] = leg->asset;
        sums->sums[i] = (liq_decimal_sum){{0}};
        sums->count++;
    }
    if (!liq_decimal_sum_add(&sums->sums[i], leg->amount))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "decision %llu: \"%.140s\" is no amount of at most %d digits on a side",
                        (unsigned long long)leg->seq, leg->amount, LIQ_SUM_DIGITS_MAX);
    return LIQ_OK;
}

static liq_status sums_check(const leg_sums *sums, liq_error *err)
{
    for (uint32_t i = 0; i < sums->count; i++) {
        char text[LIQ_SUM_TEXT_BYTES];

        if (liq_decimal_sum_is_zero(&sums->sums[i]))
            continue;
        liq_decimal_sum_text(text, &sums->sums[i]);
        return liq_fail(err, LIQ_NOT_CONSERVED, 0,
                        "decision %llu: its legs in %.64s sum to %s, not to 0",
                        (unsigned long long)sums->seq, sums->assets[i], text);
    }
    return LIQ_OK;
}

static bool is_hash(const char *hex)
{
    unsigned char bytes[LIQ_HASH_BYTES];

    return hex[0] == '\0' || liq_hex_read(bytes, hex);
}

static bool is_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}
