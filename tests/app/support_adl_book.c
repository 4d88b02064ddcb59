#include "support_adl_book.h"

#include <criterion/criterion.h>

#include "support_run.h"

enum { PATH_BYTES = 4224, VENUE_BYTES = 1024, EXACT_DECIMALS = 12 };

static FILE *file_start(const char *folder, const char *name, const char *header)
{
    char path[PATH_BYTES];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "w");
    cr_assert_not_null(out, "%s", path);
    (void)fprintf(out, "%s\n", header);
    return out;
}

static void venue_write(const char *folder, const char *lot)
{
    char text[VENUE_BYTES];

    (void)snprintf(
        text, sizeof text,
        "{\"venue\": \"five\", \"profile\": \"bitmex\", \"margin_currency\": \"USD\","
        " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}], \"instruments\": ["
        "{\"symbol\": \"XUSD\", \"kind\": \"linear\", \"base\": \"X\","
        " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"%s\", \"tick\": \"0.1\","
        " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.01\", \"imr\": \"0.02\"}]}]}",
        lot);
    folder_write(folder, "venue.json", text);
}

void adl_book_start(adl_book *book, const char *folder, const char *lot, const char *mark)
{
    char marks[128];

    venue_write(folder, lot);
    (void)snprintf(marks, sizeof marks, "symbol,price\nXUSD,%s\n", mark);
    folder_write(folder, "marks.csv", marks);
    book->accounts = file_start(folder, "accounts.csv", "account,mode");
    book->balances = file_start(folder, "balances.csv", "account,asset,amount");
    book->positions =
        file_start(folder, "positions.csv",
                   "account,instrument,side,quantity,entry_price,margin,isolated_margin");
}

void adl_book_add(adl_book *book, const char *account, const char *side, const char *quantity,
                  const char *entry_price, const char *balance)
{
    (void)fprintf(book->accounts, "%s,cross\n", account);
    (void)fprintf(book->balances, "%s,USD,%s\n", account, balance);
    (void)fprintf(book->positions, "%s,XUSD,%s,%s,%s,cross,\n", account, side, quantity,
                  entry_price);
}

void adl_book_end(adl_book *book)
{
    cr_assert_eq(fclose(book->accounts) | fclose(book->balances) | fclose(book->positions), 0);
}

void five_shorts_write(const char *folder, const char *lot)
{
    venue_write(folder, lot);
    folder_write(folder, "accounts.csv",
                 "account,mode,adl_exempt\na,cross,0\nb,cross,0\nc,cross,0\nd,cross,0\n"
                 "e,cross,0\nmaker,cross,1\n");
    folder_write(folder, "balances.csv",
                 "account,asset,amount\na,USD,1000\nb,USD,60\nc,USD,300\nd,USD,5\ne,USD,100\n"
                 "maker,USD,1000\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "a,XUSD,short,10,100,cross,\nb,XUSD,short,10,100,cross,\n"
                 "c,XUSD,short,20,90,cross,\nd,XUSD,short,5,120,cross,\n"
                 "e,XUSD,short,30,82,cross,\nmaker,XUSD,short,5,82,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nXUSD,80\n");
}

liq_int128 exact_of(const char *text)
{
    liq_decimal value;
    liq_int128 floor;
    liq_int128 ceil;

    cr_assert_eq(liq_decimal_parse(&value, liq_text_of(text), NULL), LIQ_OK, "%s", text);
    cr_assert(liq_decimal_scale(&floor, value, EXACT_DECIMALS, LIQ_ROUND_FLOOR));
    cr_assert(liq_decimal_scale(&ceil, value, EXACT_DECIMALS, LIQ_ROUND_CEIL));
    cr_assert(floor == ceil, "%s", text);
    return floor;
}
