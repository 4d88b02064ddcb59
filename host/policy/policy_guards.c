#include "policy/policy_guards.h"

#include <stdio.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "policy/comment.h"
#include "policy/policy_liquidation.h"

enum { WORDS_MAX = 4, LIST_BYTES = 128, SHARE_DECIMALS = 6, MARKS_MAX = 1000 };

/* A day, and more than any price moves. */
enum { TIME_MS_MAX = 86400000, SHARE_MAX = 10 * LIQ_GUARD_SHARE_ONE };

/* Where guards are looked up. */
typedef struct guard_pair {
    const liq_json *profile_json;
    const liq_json_value *profile;
    const liq_json *override_json;
    const liq_json_value *override;
    liq_error *err;
} guard_pair;

/* A value and the document it stands in; value NULL: nobody says. */
typedef struct found_guard {
    const liq_json *json;
    const liq_json_value *value;
} found_guard;

static found_guard guard_find(const guard_pair *pair, const char *key);
static liq_status numbers_read(liq_guards *out, const guard_pair *pair);
static liq_status shares_read(liq_guards *out, const guard_pair *pair);
static liq_status words_read(liq_guards *out, const guard_pair *pair);
static liq_status word_read(int *out, const guard_pair *pair, const char *key,
                            const char *const *words);
static liq_status notional_read(liq_guards *out, const guard_pair *pair);
static liq_status weights_read(liq_guards *out, const guard_pair *pair);
static liq_status sense_check(const liq_guards *guards, const guard_pair *pair);

static const char *const keys[] = {"comment",
                                   "stale_ms",
                                   "step",
                                   "band",
                                   "suspect",
                                   "confirm_marks",
                                   "confirm_ms",
                                   "witness_ms",
                                   "calm_ms",
                                   "index_outlier",
                                   "index_silent_ms",
                                   "index_weights",
                                   "mark",
                                   "mark_window_ms",
                                   "rate_notional",
                                   "rate_ms",
                                   "breaker",
                                   "breaker_drawdown",
                                   "breaker_rounds",
                                   "breaker_move",
                                   "breaker_move_ms",
                                   "breaker_cooldown_ms",
                                   NULL};

liq_guards liq_guards_default(void)
{
    return (liq_guards){.stale_ms = LIQ_GUARD_STALE_MS_DEFAULT,
                        .confirm_marks = 3,
                        .confirm_ms = 30000,
                        .calm_ms = 1000,
                        .index_silent_ms = 10000,
                        .mark_window_ms = LIQ_MARK_WINDOW_MS_DEFAULT,
                        .rate_ms = 60000,
                        .breaker_move_ms = 60000,
                        .breaker_cooldown_ms = 60000};
}

liq_status liq_guards_check(const liq_json *json, const liq_json_value *value, liq_error *err)
{
    return liq_comment_object(json, value, keys, err);
}

liq_status liq_guards_read(liq_guards *out, const liq_json *profile_json,
                           const liq_json_value *profile, const liq_json *override_json,
                           const liq_json_value *override, liq_error *err)
{
    const guard_pair pair = {profile_json, profile, override_json, override, err};
    liq_guards guards = liq_guards_default();
    liq_status status;

    if ((status = numbers_read(&guards, &pair)) != LIQ_OK ||
        (status = shares_read(&guards, &pair)) != LIQ_OK ||
        (status = words_read(&guards, &pair)) != LIQ_OK ||
        (status = notional_read(&guards, &pair)) != LIQ_OK ||
        (status = weights_read(&guards, &pair)) != LIQ_OK ||
        (status = sense_check(&guards, &pair)) != LIQ_OK)
        return status;
    *out = guards;
    return LIQ_OK;
}

static found_guard guard_find(const guard_pair *pair, const char *key)
{
    found_guard found = {pair->override_json, NULL};

    if (pair->override != NULL)
        found.value = liq_json_member(pair->override, key);
    if (found.value == NULL && pair->profile != NULL)
        found = (found_guard){pair->profile_json, liq_json_member(pair->profile, key)};
    return found;
}

static liq_status numbers_read(liq_guards *out, const guard_pair *pair)
{
    int64_t marks = out->confirm_marks;
    int64_t rounds = out->breaker_rounds;
    const struct {
        const char *key;
        int64_t *number;
        int64_t min;
        int64_t max;
    } numbers[] = {{"stale_ms", &out->stale_ms, 0, TIME_MS_MAX},
                   {"rate_ms", &out->rate_ms, 1, TIME_MS_MAX},
                   {"mark_window_ms", &out->mark_window_ms, 1, TIME_MS_MAX},
                   {"breaker_rounds", &rounds, 0, LIQ_CASCADE_ROUNDS_MAX},
                   {"index_silent_ms", &out->index_silent_ms, 0, TIME_MS_MAX},
                   {"breaker_move_ms", &out->breaker_move_ms, 16, TIME_MS_MAX},
                   {"breaker_cooldown_ms", &out->breaker_cooldown_ms, 0, TIME_MS_MAX},
                   {"confirm_marks", &marks, 0, MARKS_MAX},
                   {"confirm_ms", &out->confirm_ms, 0, TIME_MS_MAX},
                   {"witness_ms", &out->witness_ms, 0, TIME_MS_MAX},
                   {"calm_ms", &out->calm_ms, 0, TIME_MS_MAX}};
    liq_status status;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const found_guard found = guard_find(pair, numbers[i].key);

        if (found.value != NULL &&
            (status = liq_json_integer(found.json, found.value, numbers[i].min, numbers[i].max,
                                       numbers[i].number, pair->err)) != LIQ_OK)
            return status;
    }
    out->confirm_marks = (uint32_t)marks;
    out->breaker_rounds = (uint32_t)rounds;
    return LIQ_OK;
}

static liq_status shares_read(liq_guards *out, const guard_pair *pair)
{
    const struct {
        const char *key;
        int64_t *share;
        int64_t max;
    } shares[] = {{"step", &out->step, SHARE_MAX},
                  {"band", &out->band, SHARE_MAX},
                  {"breaker_drawdown", &out->breaker_drawdown, LIQ_GUARD_SHARE_ONE},
                  {"index_outlier", &out->index_outlier, SHARE_MAX},
                  {"breaker_move", &out->breaker_move, SHARE_MAX}};
    liq_status status;

    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        const found_guard found = guard_find(pair, shares[i].key);
        char shown[LIQ_DECIMAL_BYTES];
        liq_decimal share;

        if (found.value == NULL)
            continue;
        if ((status = liq_json_decimal(found.json, found.value, &share, pair->err)) != LIQ_OK)
            return status;
        if (!liq_decimal_exact(shares[i].share, share, SHARE_DECIMALS) || *shares[i].share < 0 ||
            *shares[i].share > shares[i].max)
            return liq_json_fail(found.json, found.value, pair->err, LIQ_OUT_OF_RANGE,
                                 "must be 0 .. %s with at most %d decimals",
                                 liq_decimal_format(shown, shares[i].max, SHARE_DECIMALS),
                                 SHARE_DECIMALS);
    }
    return LIQ_OK;
}

static liq_status words_read(liq_guards *out, const guard_pair *pair)
{
    static const char *const suspects[WORDS_MAX] = {"keep", "clamp"};
    static const char *const breakers[WORDS_MAX] = {"off", "liquidations", "new_risk"};
    static const char *const marks[WORDS_MAX] = {"given", "binance", "hyperliquid"};
    int suspect = (int)out->suspect;
    int breaker = (int)out->breaker;
    int mark = (int)out->mark;
    liq_status status = word_read(&suspect, pair, "suspect", suspects);

    if (status == LIQ_OK)
        status = word_read(&breaker, pair, "breaker", breakers);
    if (status == LIQ_OK)
        status = word_read(&mark, pair, "mark", marks);
    out->suspect = (liq_suspect_rule)suspect;
    out->breaker = (liq_breaker_rule)breaker;
    out->mark = (liq_mark_rule)mark;
    return status;
}

/* A word's place is the number of its enumeration. */
static liq_status word_read(int *out, const guard_pair *pair, const char *key,
                            const char *const *words)
{
    const found_guard found = guard_find(pair, key);
    char known[LIST_BYTES] = "";
    size_t used = 0;
    liq_text text;
    liq_status status;

    if (found.value == NULL)
        return LIQ_OK;
    if ((status = liq_json_string(found.json, found.value, &text, pair->err)) != LIQ_OK)
        return status;
    for (int i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
        if (liq_text_equal(text, words[i])) {
            *out = i;
            return LIQ_OK;
        }
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                     words[i]);
    }
    return liq_json_fail(found.json, found.value, pair->err, LIQ_BAD_INPUT, "must be one of %s",
                         known);
}

static liq_status notional_read(liq_guards *out, const guard_pair *pair)
{
    const found_guard found = guard_find(pair, "rate_notional");
    liq_status status;

    if (found.value == NULL)
        return LIQ_OK;
    status = liq_json_decimal(found.json, found.value, &out->rate_notional, pair->err);
    if (status != LIQ_OK || out->rate_notional.digits >= 0)
        return status;
    return liq_json_fail(found.json, found.value, pair->err, LIQ_OUT_OF_RANGE, "must be 0 or more");
}

/* {"SOURCE": weight, ...} */
static liq_status weights_read(liq_guards *out, const guard_pair *pair)
{
    const found_guard found = guard_find(pair, "index_weights");
    liq_status status;

    if (found.value == NULL)
        return LIQ_OK;
    if ((status = liq_json_object(found.json, found.value, NULL, pair->err)) != LIQ_OK)
        return status;
    for (const liq_json_value *item = liq_json_first(found.value); item != NULL;
         item = liq_json_next(item)) {
        const liq_text name = liq_json_key(item);
        liq_index_weight *weight = &out->index_weights[out->index_weight_count];
        int64_t number;

        if (out->index_weight_count == LIQ_INDEX_WEIGHTS_MAX ||
            name.bytes >= LIQ_INDEX_SOURCE_BYTES)
            return liq_json_fail(found.json, item, pair->err, LIQ_OUT_OF_RANGE,
                                 "at most %d sources, of names of at most %d bytes",
                                 LIQ_INDEX_WEIGHTS_MAX, LIQ_INDEX_SOURCE_BYTES - 1);
        if ((status = liq_json_integer(found.json, item, 1, LIQ_INDEX_WEIGHT_MAX, &number,
                                       pair->err)) != LIQ_OK)
            return status;
        (void)snprintf(weight->source, sizeof weight->source, "%.*s", LIQ_TEXT_ARGS(name));
        weight->weight = (uint32_t)number;
        out->index_weight_count++;
    }
    return LIQ_OK;
}

/* A doubtful mark that nothing makes good again would halt an instrument for ever. */
static liq_status sense_check(const liq_guards *guards, const guard_pair *pair)
{
    found_guard found = guard_find(pair, "breaker");

    if (guards->breaker != LIQ_BREAKER_OFF && guards->breaker_drawdown == 0 &&
        guards->breaker_rounds == 0 && guards->breaker_move == 0)
        return liq_json_fail(found.json, found.value, pair->err, LIQ_BAD_INPUT,
                             "needs breaker_drawdown, breaker_rounds or breaker_move above 0");
    found = guard_find(pair, "confirm_ms");
    if ((guards->step == 0 && guards->band == 0) || guards->confirm_marks > 0 ||
        guards->confirm_ms > 0)
        return LIQ_OK;
    if (found.value == NULL)
        found = guard_find(pair, "confirm_marks");
    return liq_json_fail(found.json, found.value, pair->err, LIQ_BAD_INPUT,
                         "with a step or a band, confirm_marks or confirm_ms must be above 0");
}
