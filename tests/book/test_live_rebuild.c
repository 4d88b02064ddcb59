/*
 * A live book under another venue.json is what its files would give under it; or it is refused, and
 * the message names what does not fit.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "book/live_columns.h"
#include "book/live_rebuild.h"
#include "support_books_equal.h"
#include "support_folder.h"

/* One change of venue.json: of the needle, which is there once. */
typedef struct venue_change {
    const char *needle;
    const char *replacement;
} venue_change;

typedef struct bad_change {
    venue_change change;
    liq_status status;
    const char *message;
} bad_change;

static folder home;
static liq_book *loaded;
static liq_live_book live;

static liq_book *files_load(void)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, home.path, NULL, &err), LIQ_OK, "%s", err.message);
    return book;
}

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
    loaded = files_load();
    cr_assert_eq(liq_live_book_create(&live, loaded, NULL, NULL), LIQ_OK);
}

static void teardown(void)
{
    liq_live_book_clear(&live);
    liq_book_destroy(loaded);
    book_folder_remove(&home);
}

TestSuite(live_rebuild, .init = setup, .fini = teardown);

/* The caller gives it back with free(). */
static char *venue_changed(const venue_change *change)
{
    return text_replace(good_book_text("venue.json"), change->needle, change->replacement);
}

#define FIRST_INSTRUMENT "{\"symbol\": \"BTCUSDT\", \"kind\": \"linear\""
#define MORE_INSTRUMENTS                                                                           \
    "{\"symbol\": \"NEWUSDT\", \"kind\": \"linear\", \"base\": \"NEW\", \"settle\": \"USDT\","     \
    " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"1\", \"tiers\": [{\"floor\": \"0\","      \
    " \"mmr\": \"0.01\", \"imr\": \"0.02\"}]}, "
#define BTCUSDT_TERMS "\"multiplier\": \"1\", \"lot\": \"0.001\""
#define ETHUSDT_SYMBOL "{\"symbol\": \"ETHUSDT\""

/* What is held lies elsewhere then, or is counted in other units. */
static const venue_change changes[] = {
    {"\"adl_rule\": \"okx\"", "\"adl_rule\": \"bitmex\""},
    {FIRST_INSTRUMENT, MORE_INSTRUMENTS FIRST_INSTRUMENT},
    {"{\"asset\": \"BTC\", \"weight\"", "{\"asset\": \"AAA\", \"weight\": \"1\"},"
                                        "{\"asset\": \"BTC\", \"decimals\": 10, \"weight\""},
    {"\"decimals\": 6, \"value_decimals\": 12", "\"decimals\": 7, \"value_decimals\": 13"},
    {BTCUSDT_TERMS, "\"multiplier\": \"1\", \"lot\": \"0.0005\""},
    {BTCUSDT_TERMS, "\"multiplier\": \"10\", \"lot\": \"0.001\""},
    {"\"multiplier\": \"100\", \"lot\": \"2\"", "\"multiplier\": \"50\", \"lot\": \"1\""},
    {"\"mmr\": \"0.004\", \"imr\": \"0.008\"", "\"mmr\": \"0.003\", \"imr\": \"0.008\""},
    {ETHUSDT_SYMBOL, "{\"symbol\": \"ETHUSDC\""}};

Test(live_rebuild, gives_what_the_files_give_under_that_venue)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char *text = venue_changed(&changes[i]);
        liq_book *rebuilt = NULL;
        liq_book *files;
        liq_live_book again = {0};
        liq_book columns = {0};
        liq_error err = {0};

        cr_assert_eq(liq_live_book_rebuild(&rebuilt, &live, "new.json", text, &err), LIQ_OK,
                     "%s: %s", changes[i].replacement, err.message);
        book_folder_write_text(&home, "venue.json", text);
        files = files_load();
        cr_assert_eq(liq_live_book_create(&again, files, NULL, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_columns_write(&columns, &again, &err), LIQ_OK);
        cr_expect_null(books_difference(&columns, rebuilt), "%s: %s", changes[i].replacement,
                       books_difference(&columns, rebuilt));
        cr_expect_eq(
            memcmp(&rebuilt->venue.policy, &files->venue.policy, sizeof rebuilt->venue.policy), 0);
        cr_expect_str_eq(rebuilt->venue_text, text);
        liq_live_columns_clear(&columns);
        liq_live_book_clear(&again);
        liq_book_destroy(files);
        liq_book_destroy(rebuilt);
        free(text);
    }
}

/* Numbers of orders, and what accounts were told, go with them to their new places. */
Test(live_rebuild, takes_over_what_live_books_know)
{
    const venue_change change = {FIRST_INSTRUMENT, MORE_INSTRUMENTS FIRST_INSTRUMENT};
    char *text = venue_changed(&change);
    static const liq_live_event order = {.kind = LIQ_LIVE_ORDER,
                                         .account = "bob",
                                         .symbol = "BTCUSD",
                                         .amount = "2",
                                         .price = "30000",
                                         .order_reference = 77};
    liq_book *rebuilt = NULL;
    uint64_t isolated = 0;

    cr_assert_eq(liq_live_book_apply(&live, &order, 1, NULL), LIQ_OK);
    for (uint32_t i = 0; i < live.account_count; i++)
        live.accounts[i].seen = (uint8_t)(i + 1);
    for (uint32_t i = live.accounts[1].first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX;
         i = live.entries[i].next)
        live.entries[i].seen = (uint8_t)(1 + live.entries[i].index);
    cr_assert_eq(liq_live_book_rebuild(&rebuilt, &live, "new.json", text, NULL), LIQ_OK);
    cr_expect_eq(rebuilt->order_references[rebuilt->order_count - 1], 77);
    cr_expect_str_eq(liq_names_get(rebuilt->group_names, rebuilt->accounts[0].group_index), "desk");
    cr_expect_eq(rebuilt->accounts[2].adl_exempt, 1);
    for (uint32_t i = 0; i < rebuilt->account_count; i++)
        cr_expect_eq(rebuilt->account_seen[i], i + 1);
    for (uint64_t i = 0; i < rebuilt->position_count; i++) {
        const liq_position *position = &rebuilt->positions[i];

        cr_expect_eq(rebuilt->position_seen[i],
                     position->isolated ? position->instrument_index : 0);
        isolated += position->isolated;
    }
    cr_expect_eq(isolated, 2);
    liq_book_destroy(rebuilt);
    free(text);
}

/* All levels of an instrument or none, and the mark that they were seen at. */
Test(live_rebuild, drops_depth_that_does_not_fit)
{
    static const liq_live_event gone[] = {
        {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "alice"},
        {.kind = LIQ_LIVE_MARK, .symbol = "ETHQ", .price = "2011"}};
    const venue_change change = {"\"lot\": \"1\", \"tick\": \"0.05\"",
                                 "\"lot\": \"2\", \"tick\": \"0.05\""};
    char *text = venue_changed(&change);
    liq_book *rebuilt = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_live_book_apply(&live, gone, 2, NULL), LIQ_OK);
    cr_assert_eq(liq_live_book_rebuild(&rebuilt, &live, "new.json", text, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect_eq(rebuilt->depth_count, 4);
    cr_expect_str_eq(liq_names_get(rebuilt->venue.instrument_names, 1), "ETHQ");
    cr_expect_eq(liq_decimal_compare(rebuilt->depth_marks[1], loaded->instrument_marks[1]), 0);
    cr_expect_neq(liq_decimal_compare(rebuilt->instrument_marks[1], loaded->instrument_marks[1]),
                  0);
    liq_book_destroy(rebuilt);
    free(text);
}

Test(live_rebuild, refuses_what_does_not_fit_and_names_it)
{
    static const bad_change rows[] = {
        {{"\"venue\": \"good\"", "\"venue\": 5"}, LIQ_BAD_INPUT, "new.json"},
        {{"\"margin_currency\": \"USDT\"", "\"margin_currency\": \"ETH\""},
         LIQ_BAD_INPUT,
         "new.json"},
        {{ETHUSDT_SYMBOL, "{\"symbol\": \"BTCUSDT\""}, LIQ_DUPLICATE, "new.json"},
        {{"{\"symbol\": \"BTCUSD\"", "{\"symbol\": \"BTCUSX\""},
         LIQ_NOT_FOUND,
         "new.json: there is no instrument \"BTCUSD\", in which account \"bob\" has a position"},
        {{BTCUSDT_TERMS, "\"multiplier\": \"1\", \"lot\": \"0.5\""},
         LIQ_BAD_INPUT,
         "new.json: the position of account \"bob\" in \"BTCUSDT\" is no multiple of the lot 0.5, "
         "or has too many"},
        {{BTCUSDT_TERMS, "\"multiplier\": \"1\", \"lot\": \"0.000000000000001\""},
         LIQ_BAD_INPUT,
         "new.json: the position of account \"bob\" in \"BTCUSDT\" is no multiple of the lot "
         "0.000000000000001, or has too many"},
        {{"\"decimals\": 6, \"value_decimals\": 12", "\"decimals\": 5, \"value_decimals\": 12"},
         LIQ_BAD_INPUT,
         "new.json: the balance of account \"alice\" in \"ETH\" is no multiple of 10^-5, or too "
         "large"},
        {{"\"kind\": \"quanto\", \"base\": \"ETH\", \"settle\": \"USDT\"",
          "\"kind\": \"quanto\", \"base\": \"ETH\", \"settle\": \"BTC\""},
         LIQ_BAD_INPUT,
         "new.json: kind and settle asset of \"ETHQ\" cannot change while account \"alice\" has a "
         "position"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = venue_changed(&rows[i].change);
        liq_book *none = NULL;
        liq_error err = {0};

        cr_expect_eq(liq_live_book_rebuild(&none, &live, "new.json", text, &err), rows[i].status,
                     "%zu: %s", i, err.message);
        cr_expect_eq(strncmp(err.message, rows[i].message, strlen(rows[i].message)), 0,
                     "%zu: %s, not %s", i, err.message, rows[i].message);
        cr_expect_null(none);
        free(text);
    }
}

/* Every index price would be one in another currency. */
Test(live_rebuild, refuses_another_margin_currency)
{
    const venue_change change = {"\"margin_currency\": \"USDT\"", "\"margin_currency\": \"ETH\""};
    char *half = venue_changed(&change);
    char *text =
        text_replace(half, "\"decimals\": 6, \"value_decimals\": 12, \"weight\": \"0.9250\"",
                     "\"weight\": \"1\"");
    liq_book *none = NULL;
    liq_error err = {0};

    cr_expect_eq(liq_live_book_rebuild(&none, &live, "new.json", text, &err), LIQ_BAD_INPUT);
    cr_expect_str_eq(err.message, "new.json: the margin currency is \"ETH\", and was \"USDT\": it "
                                  "cannot change");
    free(half);
    free(text);
}
