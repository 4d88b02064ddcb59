#include "support_large.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

enum { LINE_BYTES = 96 };

static const char venue[] =
    "{\"venue\":\"v\",\"profile\":\"bybit-uta\",\"margin_currency\":\"USDT\","
    "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":\"0.9\"}],"
    "\"instruments\":["
    "{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
    "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"tiers\":["
    "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]},"
    "{\"symbol\":\"I\",\"kind\":\"inverse\",\"base\":\"BTC\",\"settle\":\"BTC\","
    "\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.5\",\"tiers\":["
    "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}]}";

static char *text_start(const char *header, size_t rows)
{
    char *text = malloc(strlen(header) + rows * LINE_BYTES + 1);

    cr_assert_not_null(text);
    (void)strcpy(text, header);
    return text + strlen(header);
}

/* Every account three times, each time with another leg; 7919 is prime to their number. */
char *large_positions(size_t *bytes)
{
    static const char header[] =
        "account,instrument,side,quantity,entry_price,margin,isolated_margin\n";
    static const char *const legs[] = {"L,long,%u.25,6%u.5,cross,", "I,short,%u,6%u.25,cross,",
                                       "L,short,%u,7%u,isolated,12.5"};
    char *end = text_start(header, LARGE_ROWS);
    char *const text = end - strlen(header);

    for (unsigned i = 0; i < LARGE_ROWS; i++) {
        const unsigned account = i * 7919u % LARGE_ACCOUNTS;

        end += snprintf(end, LINE_BYTES, "account-with-a-long-name-%05u,", account);
        end += snprintf(end, LINE_BYTES, legs[i / LARGE_ACCOUNTS], 1 + i % 977, 1000 + i % 8009);
        *end++ = '\n';
    }
    *end = '\0';
    *bytes = (size_t)(end - text);
    return text;
}

static void orders_write(const folder *home)
{
    static const char header[] = "account,instrument,side,quantity,price\n";
    char *end = text_start(header, LARGE_ROWS);
    char *const text = end - strlen(header);

    for (unsigned i = 0; i < LARGE_ROWS; i++)
        end += snprintf(end, LINE_BYTES, "account-with-a-long-name-%05u,%s,%s,%u,%u.5\n",
                        i % 3 == 0 ? 17u : i * 7919u % LARGE_ACCOUNTS, i % 2 == 0 ? "L" : "I",
                        i % 5 == 0 ? "sell" : "buy", 1 + i % 31, 60000 + i % 999);
    book_folder_write_text(home, "orders.csv", text);
    free(text);
}

void large_write(const folder *home)
{
    char *end = text_start("account,mode\n", LARGE_ACCOUNTS);
    char *const accounts = end - strlen("account,mode\n");
    char *positions;
    size_t bytes;

    for (unsigned i = 0; i < LARGE_ACCOUNTS; i++)
        end += snprintf(end, LINE_BYTES, "account-with-a-long-name-%05u,cross\n",
                        i * 104729u % LARGE_ACCOUNTS);
    book_folder_write_text(home, "accounts.csv", accounts);
    free(accounts);
    positions = large_positions(&bytes);
    book_folder_write(home, "positions.csv", positions, bytes);
    free(positions);
    orders_write(home);
    book_folder_write_text(home, "venue.json", venue);
    book_folder_write_text(home, "balances.csv",
                           "account,asset,amount\naccount-with-a-long-name-00003,BTC,3\n");
    book_folder_write_text(home, "marks.csv", "symbol,price\nL,60000\nI,60010\nBTC,60000\n");
}

char *large_line(char *text, size_t line)
{
    for (; line > 1; line--)
        text = strchr(text, '\n') + 1;
    return text;
}
