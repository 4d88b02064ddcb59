/*
 * What `liqscan adl` prints.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_adl_book.h"
#include "support_json.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

enum { RULES = 6, PATH_BYTES = 4096 };

/* The accounts in the order of the lines. */
static void order_read(char *out, const char *output)
{
    const char *at = output;

    for (*out = '\0'; *at != '\0';) {
        liq_json *json = line_parse(&at);

        (void)strcat(out, text_of(json, "account"));
        (void)strcat(out, " ");
        liq_json_destroy(json);
    }
}

Test(cli_adl, orders_five_shorts_as_each_venue_does)
{
    static const char *const cases[RULES][2] = {
        {"bitmex", "d b e c a maker "},      {"binance", "d b e c a maker "},
        {"okx", "d b e c a maker "},         {"bluefin", "d b e c a maker "},
        {"hyperliquid", "e b c d a maker "}, {"hyperliquid_literal", "e c b d a maker "}};
    char folder[PATH_BYTES];

    folder_make(folder);
    five_shorts_write(folder, "1");
    for (size_t i = 0; i < RULES; i++) {
        const char *const words[] = {"adl",    folder,      "XUSD",     "--side", "short",
                                     "--rule", cases[i][0], "--format", "json",   NULL};
        char order[256];
        run_result result;

        run(&result, &(run_setup){0}, words);
        cr_assert(result.code == 0, "%s", result.message);
        order_read(order, result.output);
        cr_expect_str_eq(order, cases[i][1], "%s: %s", cases[i][0], order);
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_adl, prints_every_field_of_the_contract)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    five_shorts_write(folder, "1");
    run(&result, &(run_setup){0},
        (const char *const[]){"adl", folder, "XUSD", "--side", "short", "--format", "json", NULL});
    cr_expect_str_eq(
        result.output,
        "{\"account\":\"d\",\"side\":\"short\",\"quantity\":\"5\",\"score\":\"0.650406504065041\","
        "\"rank\":1,\"light\":1,\"close_quantity\":null,\"realised_pnl\":null,"
        "\"margin\":\"cross\",\"unrealised_pnl\":\"200\",\"exempt\":false,\"standing\":\"ranked\"}"
        "\n"
        "{\"account\":\"b\",\"side\":\"short\",\"quantity\":\"10\",\"score\":\"0.615384615384615\","
        "\"rank\":2,\"light\":1,\"close_quantity\":null,\"realised_pnl\":null,"
        "\"margin\":\"cross\",\"unrealised_pnl\":\"200\",\"exempt\":false,\"standing\":\"ranked\"}"
        "\n"
        "{\"account\":\"e\",\"side\":\"short\",\"quantity\":\"30\",\"score\":\"0.365853658536585\","
        "\"rank\":3,\"light\":3,\"close_quantity\":null,\"realised_pnl\":null,"
        "\"margin\":\"cross\",\"unrealised_pnl\":\"60\",\"exempt\":false,\"standing\":\"ranked\"}\n"
        "{\"account\":\"c\",\"side\":\"short\",\"quantity\":\"20\",\"score\":\"0.355555555555556\","
        "\"rank\":4,\"light\":5,\"close_quantity\":null,\"realised_pnl\":null,"
        "\"margin\":\"cross\",\"unrealised_pnl\":\"200\",\"exempt\":false,\"standing\":\"ranked\"}"
        "\n"
        "{\"account\":\"a\",\"side\":\"short\",\"quantity\":\"10\",\"score\":\"0.133333333333333\","
        "\"rank\":5,\"light\":5,\"close_quantity\":null,\"realised_pnl\":null,"
        "\"margin\":\"cross\",\"unrealised_pnl\":\"200\",\"exempt\":false,\"standing\":\"ranked\"}"
        "\n"
        "{\"account\":\"maker\",\"side\":\"short\",\"quantity\":\"5\","
        "\"score\":\"0.00965950253561942\",\"rank\":null,\"light\":null,\"close_quantity\":null,"
        "\"realised_pnl\":null,\"margin\":\"cross\",\"unrealised_pnl\":\"10\",\"exempt\":true,"
        "\"standing\":\"exempt\"}\n");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_adl, says_in_explain_what_the_queue_says)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    five_shorts_write(folder, "1");
    run(&result, &(run_setup){0},
        (const char *const[]){"explain", folder, "e", "--format", "json", NULL});
    cr_expect_not_null(strstr(result.output, "\"adl_score\":\"0.365853658536585\",\"adl_light\":3"),
                       "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"adl_rank\":3,\"adl_standing\":\"ranked\""));
    run_clear(&result);
    run(&result, &(run_setup){0},
        (const char *const[]){"explain", folder, "maker", "--format", "csv", NULL});
    cr_expect_not_null(strstr(result.output, "XUSD:short,adl_light,\n"), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "XUSD:short,adl_standing,exempt\n"));
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_adl, heads_its_table_with_rule_and_lights)
{
    run_result result;

    run_line(&result, "adl " DEMO " BTCUSDT --side long --format table");
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect(strncmp(result.output, "BTCUSDT long, rule binance, lights by count: ", 45) == 0,
              "%s", result.output);
    cr_expect_not_null(strstr(result.output, "past_bankruptcy"));
    run_clear(&result);
    run_line(&result, "adl " DEMO " BTCUSDT --side long --format table --lights quantity");
    cr_expect(strncmp(result.output, "BTCUSDT long, rule binance, lights by quantity: ", 48) == 0);
    run_clear(&result);
    run_line(&result, "explain " DEMO " ember --format table");
    cr_expect_not_null(strstr(result.output, "Auto-deleveraging queue of each side"));
    run_clear(&result);
}

Test(cli_adl, moves_prices_before_it_scores)
{
    run_result calm;
    run_result moved;

    run_line(&calm, "adl " DEMO " BTCUSDT --side long --format csv");
    run_line(&moved, "adl " DEMO " BTCUSDT --side long --format csv --shock BTCUSDT=+10%");
    cr_expect(calm.code == 0 && moved.code == 0, "%s", moved.message);
    cr_expect(line_count(calm.output) == line_count(moved.output));
    cr_expect_str_neq(calm.output, moved.output);
    run_clear(&calm);
    run_clear(&moved);
}
