/*
 * accounts.csv read by several threads gives the same accounts, groups and refusals as line by
 * line, whatever the order of the ids.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <liqscan/book.h>

#include "support_alone.h"

enum { ACCOUNTS = 70000, LINE_BYTES = 128, LAST_LINE = ACCOUNTS + 1 };

static folder home;

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_text(&home, "venue.json", good_book_text("venue.json"));
    book_folder_write_text(&home, "marks.csv", good_book_text("marks.csv"));
    book_folder_write_text(&home, "balances.csv", "account,asset,amount\n");
    book_folder_write_text(&home, "positions.csv",
                           "account,instrument,side,quantity,entry_price,margin,isolated_margin\n");
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(load_ids, .init = setup, .fini = teardown);

/* Ids in order when step is 1; 69,997 and 31 are prime to their number. The caller frees it. */
static char *accounts_text(unsigned step, unsigned groups)
{
    char *text = malloc((size_t)(ACCOUNTS + 1) * LINE_BYTES);
    char *end = text;

    cr_assert_not_null(text);
    end += sprintf(end, "account,mode,group,adl_exempt\n");
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        end += sprintf(end, "an-account-with-a-long-name-%05u,%s,", i * step % ACCOUNTS,
                       i % 7 == 0 ? "portfolio" : "cross");
        if (groups > 0 && i % 3 == 0)
            end += sprintf(end, "desk-%u", i / 11 % groups);
        end += sprintf(end, ",%s\n", i % 5 == 0 ? "1" : "");
    }
    return text;
}

static char *line_at(char *text, size_t line)
{
    for (; line > 1; line--)
        text = strchr(text, '\n') + 1;
    return text;
}

Test(load_ids, gives_the_accounts_that_one_thread_gives)
{
    static const unsigned steps[] = {1, 69997, 31};
    static const unsigned groups[] = {0, 1, 3, 5000};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        for (size_t j = 0; j < sizeof groups / sizeof groups[0]; j++) {
            char *text = accounts_text(steps[i], groups[j]);
            char what[64];

            (void)snprintf(what, sizeof what, "step %u, %u groups", steps[i], groups[j]);
            book_folder_write_text(&home, "accounts.csv", text);
            expect_same_load(&home, what);
            free(text);
        }
}

/* Neighbours, far apart, and across the place where the file is cut. */
Test(load_ids, names_both_lines_of_an_id_that_is_there_twice)
{
    static const unsigned steps[] = {1, 31};
    static const size_t places[][2] = {
        {2, 3},         {2, LAST_LINE}, {LAST_LINE - 1, LAST_LINE}, {300, 69000}, {20000, 26000},
        {23500, 23501}, {21000, 21001}, {LAST_LINE / 2, LAST_LINE}};

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < sizeof places / sizeof places[0]; j++) {
            char *text = accounts_text(steps[i], 0);
            char message[256];

            memcpy(line_at(text, places[j][1]), line_at(text, places[j][0]), 33);
            (void)snprintf(message, sizeof message,
                           "accounts.csv:%zu: account \"%.33s\": is there already, on line %zu",
                           places[j][1], line_at(text, places[j][0]), places[j][0]);
            book_folder_write_text(&home, "accounts.csv", text);
            free(text);
            expect_refused_load(&home, message);
        }
}

Test(load_ids, names_the_first_of_several_faults)
{
    char *text = accounts_text(1, 3);

    memcpy(line_at(text, 60000), "\x01", 1);
    book_folder_write_text(&home, "accounts.csv", text);
    expect_refused_load(&home,
                        "accounts.csv:60000: account \"\\x01n-account-with-a-long-name-59998\": an "
                        "id has 1 to 128 bytes, no control bytes and no space at its ends");
    memcpy(line_at(text, 50001), line_at(text, 49000), 33);
    book_folder_write_text(&home, "accounts.csv", text);
    expect_refused_load(&home,
                        "accounts.csv:50001: account \"an-account-with-a-long-name-48998\": is "
                        "there already, on line 49000");
    memcpy(strchr(line_at(text, 40002), ',') + 1, "gross", 5);
    book_folder_write_text(&home, "accounts.csv", text);
    expect_refused_load(&home, "accounts.csv:40002: mode \"gross\": must be cross or portfolio");
    free(text);
}

Test(load_ids, reads_empty_lines_at_the_end_and_refuses_them_elsewhere)
{
    char *text = accounts_text(1, 0);
    const size_t bytes = strlen(text);
    char *feed;

    memcpy(text + bytes, "\n\r\n\n", 5);
    book_folder_write_text(&home, "accounts.csv", text);
    expect_same_load(&home, "empty lines at the end");
    text[bytes - 1] = '\0';
    book_folder_write_text(&home, "accounts.csv", text);
    expect_same_load(&home, "a last line without its end");
    feed = line_at(text, 30000) - 2;
    memcpy(feed, "\n\n", 2);
    book_folder_write_text(&home, "accounts.csv", text);
    free(text);
    expect_same_load(&home, "an empty line");
}

/* Accounts in order are found by bisection at first; rows in no order must find them all the same,
 * whoever of the threads is the first to want many. */
Test(load_ids, finds_accounts_for_rows_in_any_order)
{
    char *accounts = accounts_text(1, 0);
    char *text = malloc((size_t)(ACCOUNTS + 1) * LINE_BYTES);
    char *end = text;

    cr_assert_not_null(text);
    book_folder_write_text(&home, "accounts.csv", accounts);
    end += sprintf(end, "account,asset,amount\n");
    for (unsigned i = 0; i < ACCOUNTS; i++)
        end += sprintf(end, "an-account-with-a-long-name-%05u,USDT,%u\n",
                       i < ACCOUNTS / 2 ? i : ACCOUNTS / 2 + i * 31u % (ACCOUNTS / 2), i);
    book_folder_write_text(&home, "balances.csv", text);
    expect_same_load(&home, "balances in order and then not");
    memcpy(line_at(text, 60000), "nobody-at-all", 13);
    book_folder_write_text(&home, "balances.csv", text);
    expect_same_load(&home, "nobody");
    free(text);
    free(accounts);
}
