/*
 * Decisions and legs: what each says twice must be the same, and what sums to zero must do so.
 */
#include "journal/verify_internal.h"

#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "journal/decimal_sum.h"

enum { ASSETS_MAX = 64, DECISION_LINE = 20 };

/* Columns of `decision` that its line says again when it is an action's. */
static const char *const line_keys[DECISION_LINE] = {
    "seq",      "tick",    "action", "account", "margin", "instrument", "side",
    "quantity", "price",   "cash",   "asset",   "fund",   "reason",     "against",
    "rank",     "request", NULL,     NULL,      NULL,     NULL};

/* Of one decision, by asset. */
typedef struct asset_sums {
    char assets[ASSETS_MAX][64];
    liq_decimal_sum sums[ASSETS_MAX];
    uint32_t count;
    int64_t seq;
} asset_sums;

static liq_status decision_check(liq_verification *self, uint64_t tick, sqlite3_stmt *statement,
                                 liq_error *err);
static bool is_same(const liq_json *json, const liq_json_value *value, sqlite3_stmt *statement,
                    int column);
static liq_status leg_add(liq_verification *self, uint64_t tick, asset_sums *sums,
                          sqlite3_stmt *statement, liq_error *err);
static liq_status sums_check(liq_verification *self, uint64_t tick, const asset_sums *sums,
                             liq_error *err);

liq_status liq_verify_decisions(liq_verification *self, uint64_t tick, int64_t first, int64_t last,
                                liq_error *err)
{
    sqlite3_stmt *statement = self->statements[LIQ_TABLE_DECISION];
    int64_t seq = first;
    bool has_row = first < last;
    liq_status status = LIQ_OK;

    (void)sqlite3_bind_int64(statement, 2, first);
    (void)sqlite3_bind_int64(statement, 3, last);
    while (has_row && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK && has_row) {
        if (sqlite3_column_int64(statement, 0) != ++seq ||
            sqlite3_column_int64(statement, 1) != (int64_t)tick) {
            status = liq_verify_fail(self, "decision", tick, (uint64_t)seq, err,
                                     "decision %lld is missing or is not of tick %llu",
                                     (long long)seq, (unsigned long long)tick);
            break;
        }
        if ((status = decision_check(self, tick, statement, err)) != LIQ_OK)
            break;
    }
    (void)sqlite3_reset(statement);
    return status;
}

liq_status liq_verify_legs(liq_verification *self, uint64_t tick, int64_t first, int64_t last,
                           liq_error *err)
{
    sqlite3_stmt *statement = self->statements[LIQ_TABLE_LEG];
    asset_sums sums = {.count = 0};
    bool has_row = first < last;
    liq_status status = LIQ_OK;

    (void)sqlite3_bind_int64(statement, 2, first);
    (void)sqlite3_bind_int64(statement, 3, last);
    while (has_row && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK && has_row) {
        const int64_t seq = sqlite3_column_int64(statement, 0);

        if (seq != sums.seq) {
            status = sums_check(self, tick, &sums, err);
            sums.count = 0;
            sums.seq = seq;
        }
        if (status != LIQ_OK || (status = leg_add(self, tick, &sums, statement, err)) != LIQ_OK)
            break;
    }
    (void)sqlite3_reset(statement);
    return status == LIQ_OK ? sums_check(self, tick, &sums, err) : status;
}

static liq_status decision_check(liq_verification *self, uint64_t tick, sqlite3_stmt *statement,
                                 liq_error *err)
{
    const int64_t seq = sqlite3_column_int64(statement, 0);
    liq_json *json = NULL;
    liq_error refused = {0};
    liq_status status =
        liq_json_parse(&json, "line", liq_sql_text(statement, DECISION_LINE), &refused);

    if (status == LIQ_OUT_OF_MEMORY)
        return liq_fail(err, status, 0, "%s", refused.message);
    if (status != LIQ_OK || !liq_json_is_object(liq_json_root(json)))
        status = liq_verify_fail(self, "decision", tick, (uint64_t)seq, err,
                                 "decision %lld: its line is no JSON object", (long long)seq);
    for (int i = 0; i < DECISION_LINE && status == LIQ_OK && line_keys[i] != NULL; i++) {
        const liq_json_value *value = liq_json_member(liq_json_root(json), line_keys[i]);

        /* A line that is no action's may say less, or something else by other names. */
        if (value != NULL && !is_same(json, value, statement, i))
            status = liq_verify_fail(self, "decision", tick, (uint64_t)seq, err,
                                     "decision %lld: its line has another \"%s\" than its column",
                                     (long long)seq, line_keys[i]);
    }
    liq_json_destroy(json);
    return status;
}

static bool is_same(const liq_json *json, const liq_json_value *value, sqlite3_stmt *statement,
                    int column)
{
    const int type = sqlite3_column_type(statement, column);
    int64_t number;
    liq_text text;

    if (liq_json_is_null(value))
        return type == SQLITE_NULL;
    if (liq_json_is_string(value))
        return type == SQLITE_TEXT && liq_json_string(json, value, &text, NULL) == LIQ_OK &&
               liq_text_equal(text, liq_sql_text(statement, column).data);
    return type == SQLITE_INTEGER &&
           liq_json_integer(json, value, 0, INT64_MAX, &number, NULL) == LIQ_OK &&
           number == sqlite3_column_int64(statement, column);
}

static liq_status leg_add(liq_verification *self, uint64_t tick, asset_sums *sums,
                          sqlite3_stmt *statement, liq_error *err)
{
    enum { ASSET = 5, AMOUNT = 6 };
    const liq_text asset = liq_sql_text(statement, ASSET);
    const char *amount = liq_sql_text(statement, AMOUNT).data;
    uint32_t i = 0;

    while (i < sums->count && !liq_text_equal(asset, sums->assets[i]))
        i++;
    if (i == ASSETS_MAX || asset.bytes >= sizeof sums->assets[0])
        return liq_verify_fail(self, "leg", tick, (uint64_t)sums->seq, err,
                               "decision %lld: too many assets, or one with too long a name",
                               (long long)sums->seq);
    if (i == sums->count) {
        memcpy(sums->assets[i], asset.data, asset.bytes);
        sums->assets[i][asset.bytes] = '\0';
        sums->sums[i] = (liq_decimal_sum){{0}};
        sums->count++;
    }
    if (!liq_decimal_sum_add(&sums->sums[i], amount))
        return liq_verify_fail(self, "leg", tick, (uint64_t)sums->seq, err,
                               "decision %lld: \"%.140s\" is no amount", (long long)sums->seq,
                               amount);
    return LIQ_OK;
}

static liq_status sums_check(liq_verification *self, uint64_t tick, const asset_sums *sums,
                             liq_error *err)
{
    for (uint32_t i = 0; i < sums->count; i++) {
        char text[LIQ_SUM_TEXT_BYTES];

        if (liq_decimal_sum_is_zero(&sums->sums[i]))
            continue;
        liq_decimal_sum_text(text, &sums->sums[i]);
        return liq_verify_fail(self, "leg", tick, (uint64_t)sums->seq, err,
                               "decision %lld: its legs in %s sum to %s, not to 0",
                               (long long)sums->seq, sums->assets[i], text);
    }
    return LIQ_OK;
}
