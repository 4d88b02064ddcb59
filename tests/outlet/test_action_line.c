/*
 * Actions as lines of JSON in memory.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "outlet/action_line.h"

static const liq_settle_action takeover = {.seq = 7,
                                           .tick = 3,
                                           .kind = LIQ_SETTLE_TAKEOVER,
                                           .reason = LIQ_BECAUSE_BANKRUPT,
                                           .account = "a \"b\"\\",
                                           .instrument = "BTCUSDT",
                                           .asset = "USDT",
                                           .side = 1,
                                           .quantity = "1.5",
                                           .price = "50000",
                                           .cash = "-2.25"};

static const char takeover_line[] =
    "{\"seq\":7,\"tick\":3,\"action\":\"takeover\",\"account\":\"a \\\"b\\\"\\\\\","
    "\"margin\":\"cross\",\"instrument\":\"BTCUSDT\",\"side\":\"long\",\"quantity\":\"1.5\","
    "\"price\":\"50000\",\"cash\":\"-2.25\",\"asset\":\"USDT\",\"fund\":null,"
    "\"reason\":\"bankrupt\",\"against\":null,\"rank\":null,\"request\":null,\"state\":\"done\"}";

static liq_action_writer *writer_make(void)
{
    liq_action_writer *writer = NULL;

    cr_assert(liq_action_writer_create(&writer, NULL) == LIQ_OK);
    return writer;
}

Test(action_line, writes_every_field_in_the_order_of_its_columns)
{
    liq_action_writer *writer = writer_make();
    char line[LIQ_ACTION_LINE_BYTES];
    size_t bytes = 0;

    cr_assert(liq_action_line(line, sizeof line, &bytes, writer, &takeover, NULL) == LIQ_OK);
    cr_expect_str_eq(line, takeover_line);
    cr_expect_eq(bytes, strlen(takeover_line));
    liq_action_writer_destroy(writer);
}

Test(action_line, starts_anew_with_each_line)
{
    const liq_settle_action request = {.seq = UINT64_MAX,
                                       .tick = 4,
                                       .kind = LIQ_SETTLE_REDUCE,
                                       .reason = LIQ_BECAUSE_TIER,
                                       .account = "x",
                                       .against = "y",
                                       .instrument = "B",
                                       .fund = "F",
                                       .is_isolated = 1,
                                       .side = -1,
                                       .request = 12,
                                       .rank = 9,
                                       .quantity = "2"};
    liq_action_writer *writer = writer_make();
    char line[LIQ_ACTION_LINE_BYTES];
    size_t bytes = 0;

    for (int i = 0; i < 3; i++) {
        cr_assert(liq_action_line(line, sizeof line, &bytes, writer, &takeover, NULL) == LIQ_OK);
        cr_expect_str_eq(line, takeover_line);
        cr_assert(liq_action_line(line, sizeof line, &bytes, writer, &request, NULL) == LIQ_OK);
        cr_expect_str_eq(
            line,
            "{\"seq\":18446744073709551615,\"tick\":4,\"action\":\"reduce\",\"account\":\"x\","
            "\"margin\":\"isolated\",\"instrument\":\"B\",\"side\":\"short\",\"quantity\":\"2\","
            "\"price\":null,\"cash\":null,\"asset\":null,\"fund\":\"F\",\"reason\":\"tier\","
            "\"against\":\"y\",\"rank\":9,\"request\":12,\"state\":\"requested\"}");
        cr_expect_eq(bytes, strlen(line));
    }
    liq_action_writer_destroy(writer);
}

Test(action_line, refuses_a_room_that_is_a_byte_too_small)
{
    liq_action_writer *writer = writer_make();
    char line[sizeof takeover_line];
    liq_error err = {.message = ""};
    size_t bytes = 77;

    for (size_t room = 0; room < sizeof line; room++) {
        cr_assert(liq_action_line(line, room, &bytes, writer, &takeover, &err) == LIQ_OUT_OF_RANGE,
                  "%zu", room);
        cr_expect_eq(bytes, 77);
    }
    cr_expect_str_eq(err.message, "the line of action 7 is past 266 bytes");
    cr_assert(liq_action_line(line, sizeof line, &bytes, writer, &takeover, NULL) == LIQ_OK);
    cr_expect_str_eq(line, takeover_line);
    liq_action_writer_destroy(writer);
}

Test(action_line, has_room_for_the_longest_names)
{
    liq_action_writer *writer = writer_make();
    char line[LIQ_ACTION_LINE_BYTES];
    liq_settle_action action = takeover;
    char name[129];
    size_t bytes = 0;

    memset(name, '\x01', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    action.account = action.against = action.instrument = action.fund = action.asset = name;
    action.seq = action.tick = action.request = action.rank = UINT64_MAX;
    memset(action.quantity, '9', sizeof action.quantity - 1);
    memset(action.price, '9', sizeof action.price - 1);
    memset(action.cash, '9', sizeof action.cash - 1);
    cr_expect(liq_action_line(line, sizeof line, &bytes, writer, &action, NULL) == LIQ_OK);
    cr_expect_eq(bytes, strlen(line));
    liq_action_writer_destroy(writer);
}
