/*
 * Bad ticks on a real path: nobody is liquidated by one, and whoever a clean run liquidates is
 * liquidated once the feed is back.
 */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared_data.h"
#include "support_run.h"

enum {
    PATH_BYTES = 4096,
    PATH_ROOM = 1 << 19,
    ACCOUNTS = 1500,
    ID_BYTES = 64,
    MINUTE_MS = 60000,
    HOUR = 60,        /* ticks */
    BAD_AT = 30,      /* of each hour */
    FROZEN_FROM = 20, /* of some */
    FROZEN_TO = 35
};

static const int64_t start_ms = 1642680000000; /* 2022-01-20 12:00 UTC */

/* A path as text. */
typedef struct path_text {
    char *text;
    size_t length;
} path_text;

/* Ids in order, each once. */
typedef struct id_set {
    char ids[ACCOUNTS][ID_BYTES];
    uint32_t count;
} id_set;

static void path_start(path_text *out)
{
    *out = (path_text){.text = malloc(PATH_ROOM)};
    cr_assert_not_null(out->text);
    out->length = (size_t)snprintf(out->text, PATH_ROOM, "time_ms,symbol,price\n");
}

static void path_add(path_text *out, int64_t time_ms, const char *symbol, double price)
{
    cr_assert_lt(out->length + 128, PATH_ROOM);
    out->length += (size_t)snprintf(out->text + out->length, PATH_ROOM - out->length,
                                    "%lld,%s,%.1f\n", (long long)time_ms, symbol, price);
}

static void book_make(const char *folder, const char *guards)
{
    char policy[256];

    (void)snprintf(policy, sizeof policy, "{\"guards\": %s}", guards);
    book_generate(folder);
    policy_put(folder, policy);
}

static void replay(run_result *out, const char *folder, const path_text *path, const char *option)
{
    char file[PATH_BYTES + 16];
    const char *const words[] = {"replay",   folder, file,   "--relative",
                                 "--format", "json", option, NULL};

    folder_write(folder, "path.csv", path->text);
    (void)snprintf(file, sizeof file, "%s/path.csv", folder);
    run(out, &(run_setup){0}, words);
}

/* The value of a text member of a line, or "". Not by strstr: a sanitizer measures all of the text
 * at each call. */
static void member(char out[ID_BYTES], const char *line, const char *key)
{
    const char *at = memmem(line, (size_t)(strchr(line, '\n') - line), key, strlen(key));
    size_t bytes = 0;

    out[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(key);
    while (at[bytes] != '"' && bytes + 1 < ID_BYTES)
        bytes++;
    memcpy(out, at, bytes);
    out[bytes] = '\0';
}

static int compare_ids(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* Accounts that lost a position to liquidation. */
static void liquidated(id_set *out, const run_result *result)
{
    static const char *const kinds[] = {"reduce", "close", "takeover"};

    *out = (id_set){.count = 0};
    for (const char *line = result->output; *line != '\0'; line = strchr(line, '\n') + 1) {
        char kind[ID_BYTES];
        char account[ID_BYTES];
        bool is_one = false;

        member(kind, line, "\"action\":\"");
        member(account, line, "\"account\":\"");
        for (size_t i = 0; i < 3; i++)
            is_one |= strcmp(kind, kinds[i]) == 0;
        if (!is_one || account[0] == '\0' ||
            (out->count > 0 && bsearch(account, out->ids, out->count, ID_BYTES, compare_ids)))
            continue;
        cr_assert_lt(out->count, ACCOUNTS);
        memcpy(out->ids[out->count++], account, ID_BYTES);
        qsort(out->ids, out->count, ID_BYTES, compare_ids);
    }
}

static void expect_same_set(const id_set *left, const id_set *right, const char *about)
{
    cr_expect_eq(left->count, right->count, "%s: %u against %u", about, left->count, right->count);
    for (uint32_t i = 0; i < left->count && i < right->count; i++)
        cr_assert_str_eq(left->ids[i], right->ids[i], "%s: %s against %s", about, left->ids[i],
                         right->ids[i]);
}

static uint32_t count_of(const run_result *result, const char *part)
{
    const char *const end = result->output + strlen(result->output);
    uint32_t count = 0;

    for (const char *at = result->output;
         (at = memmem(at, (size_t)(end - at), part, strlen(part))) != NULL; at++)
        count++;
    return count;
}

/* One minute of the path as a feed that is ill once an hour sends it, each time otherwise. */
static void bad_minute(path_text *out, uint32_t minute, double price)
{
    const int64_t time_ms = start_ms + (int64_t)minute * MINUTE_MS;
    const uint32_t of_hour = minute % HOUR;
    const uint32_t illness = minute / HOUR % 4;
    const bool frozen = illness == 2 && of_hour >= FROZEN_FROM && of_hour < FROZEN_TO;

    if (of_hour == BAD_AT && illness == 0)
        path_add(out, time_ms, "BTCUSDT", price * 10);
    else if (of_hour == BAD_AT && illness == 1)
        path_add(out, time_ms, "BTCUSDT", 0);
    else if (!frozen)
        path_add(out, time_ms, "BTCUSDT", price);
    path_add(out, time_ms, "ETHUSDT", 3000);
    if (of_hour == BAD_AT && illness == 3)
        path_add(out, time_ms - 5 * MINUTE_MS, "BTCUSDT", price / 2);
}

/* Two days of January 2022 around the worst one, clean and with bad ticks. */
static void january(path_text *clean, path_text *bad)
{
    char path[PATH_BYTES];
    char line[256];
    uint32_t minute = 0;
    FILE *file;

    shared_data_path(path, sizeof path, "data/btc_perp_1m_202201.csv");
    file = fopen(path, "r");
    cr_assert_not_null(file);
    path_start(clean);
    path_start(bad);
    while (fgets(line, sizeof line, file) != NULL) {
        double price;

        if (strncmp(line, "2022-01-20 12:00", 16) < 0 || line[0] != '2')
            continue;
        if (strncmp(line, "2022-01-22 12:00", 16) >= 0)
            break;
        cr_assert_eq(sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%lf", &price), 1, "%s", line);
        path_add(clean, start_ms + (int64_t)minute * MINUTE_MS, "BTCUSDT", price);
        path_add(clean, start_ms + (int64_t)minute * MINUTE_MS, "ETHUSDT", 3000);
        bad_minute(bad, minute, price);
        minute++;
    }
    (void)fclose(file);
    cr_assert_gt(minute, 2000);
}

Test(cli_replay_guards, liquidate_nobody_by_a_bad_tick_and_everybody_once_it_is_over)
{
    static id_set expected;
    static id_set got;
    char folder[PATH_BYTES];
    path_text clean;
    path_text bad;
    run_result result;

    january(&clean, &bad);
    folder_make(folder);
    book_make(folder, "{\"step\": \"0.01\"}");
    replay(&result, folder, &clean, "--no-guards");
    cr_assert_eq(result.code, 0, "%s", result.message);
    liquidated(&expected, &result);
    cr_expect_gt(expected.count, 200);
    run_clear(&result);

    replay(&result, folder, &clean, NULL);
    cr_assert_eq(result.code, 0, "%s", result.message);
    liquidated(&got, &result);
    expect_same_set(&got, &expected, "guards on a clean path");
    run_clear(&result);

    replay(&result, folder, &bad, NULL);
    cr_assert_eq(result.code, 0, "%s", result.message);
    liquidated(&got, &result);
    expect_same_set(&got, &expected, "guards on a path with bad ticks");
    cr_expect_eq(count_of(&result, "\"reason\":\"bad_mark\""), 24);
    cr_expect_eq(count_of(&result, "\"reason\":\"out_of_order\""), 24);
    cr_expect_geq(count_of(&result, "\"reason\":\"step_clamp\""), 24);
    cr_expect_geq(count_of(&result, "\"reason\":\"stale_mark\""), 24);
    cr_expect_eq(count_of(&result, "\"action\":\"halt\"") + count_of(&result, "\"guard\""),
                 count_of(&result, "\"action\":\"resume\""));
    run_clear(&result);
    folder_remove(folder);
    free(clean.text);
    free(bad.text);
}

/* Prices that stand still but for what is drawn into them. */
static void still_path(path_text *out, double odd)
{
    path_start(out);
    for (int64_t i = 0; i < 20; i++)
        path_add(out, start_ms + i * 1000, "BTCUSDT", i == 10 ? odd : 50000);
}

Test(cli_replay_guards, keep_out_a_spike_that_liquidates_many_without_them)
{
    static id_set with;
    static id_set without;
    char folder[PATH_BYTES];
    path_text path;
    run_result result;

    folder_make(folder);
    book_make(folder, "{\"step\": \"0.01\"}");
    still_path(&path, 5000);
    replay(&result, folder, &path, "--no-guards");
    cr_assert_eq(result.code, 0, "%s", result.message);
    liquidated(&without, &result);
    run_clear(&result);
    replay(&result, folder, &path, NULL);
    cr_assert_eq(result.code, 0, "%s", result.message);
    liquidated(&with, &result);
    cr_expect_gt(without.count, with.count + 100);
    cr_expect_eq(count_of(&result, "\"reason\":\"step_clamp\""), 2);
    cr_expect_eq(count_of(&result, "\"limit\":\"0.01\""), 2);
    cr_expect_eq(count_of(&result, "\"doubted\":1,\"confirmed\":0,\"refused\":0"), 1);
    run_clear(&result);
    folder_remove(folder);
    free(path.text);
}

Test(cli_replay_guards, refuse_a_zero_that_is_bad_input_without_them)
{
    char folder[PATH_BYTES];
    path_text path;
    run_result result;

    folder_make(folder);
    book_make(folder, "{}");
    still_path(&path, 0);
    replay(&result, folder, &path, "--no-guards");
    cr_expect_eq(result.code, 2);
    cr_expect_not_null(strstr(result.message, "must be above 0"), "%s", result.message);
    run_clear(&result);
    replay(&result, folder, &path, NULL);
    cr_expect_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(count_of(&result, "\"reason\":\"bad_mark\""), 2);
    run_clear(&result);
    folder_remove(folder);
    free(path.text);
}

/* Bitcoin is collateral too: its index price has three sources, of which one is ten times too high
 * for a while. */
Test(cli_replay_guards, weigh_the_sources_of_an_index_price)
{
    static const char *const book[][2] = {
        {"venue.json",
         "{\"venue\":\"demo\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\","
         "\"policy\":{\"guards\":{\"index_weights\":{\"x\":2}}},"
         "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":\"1\"}],"
         "\"instruments\":[{\"symbol\":\"XUSD\",\"kind\":\"linear\",\"base\":\"X\",\"settle\":"
         "\"USDT\",\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.1\",\"liquidation_fee\":\"0\","
         "\"fund\":\"USDT\",\"tiers\":[{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}],"
         "\"funds\":[{\"fund\":\"USDT\",\"balance\":\"1000\"}]}"},
        {"accounts.csv", "account,mode\na,cross\nb,cross\n"},
        {"balances.csv", "account,asset,amount\na,BTC,1\nb,USDT,100000\n"},
        {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                          "a,XUSD,long,100,100,cross,\nb,XUSD,short,100,100,cross,\n"},
        {"marks.csv", "symbol,price\nXUSD,100\nBTC,1000\n"},
        {"path.csv", "time_ms,symbol,price,source\n"
                     "1000,BTC,1000,x\n1000,BTC,1001,y\n1000,BTC,1002,z\n1000,XUSD,100,\n"
                     "2000,BTC,10,y\n2000,XUSD,100,\n"
                     "3000,BTC,11,y\n3000,XUSD,100,\n"
                     "4000,BTC,1001,y\n4000,XUSD,100,\n"}};
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 16];
    const char *const words[] = {"replay", folder, path, "--format", "json", NULL};
    run_result result;

    folder_make(folder);
    for (size_t i = 0; i < sizeof book / sizeof book[0]; i++)
        folder_write(folder, book[i][0], book[i][1]);
    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
    run(&result, &(run_setup){0}, words);
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(count_of(&result, "\"reason\":\"outlier\""), 2, "%s", result.output);
    cr_expect_eq(count_of(&result, "\"action\":\"guard\""), 1);
    cr_expect_eq(count_of(&result, "\"rank\":2"), 2, "%s", result.output);
    cr_expect_eq(count_of(&result, "\"observed\":\"10\",\"limit\":\"0.05\""), 1);
    cr_expect_eq(count_of(&result, "takeover"), 0);
    run_clear(&result);
    folder_remove(folder);
}
