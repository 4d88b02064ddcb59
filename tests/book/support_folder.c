#include "support_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

folder book_folder_create(void)
{
    const char *parent = getenv("TMPDIR");
    folder out;

    (void)snprintf(out.path, sizeof out.path, "%s/liqscan-test-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    cr_assert_not_null(mkdtemp(out.path), "%s", out.path);
    return out;
}

void book_folder_remove(const folder *target)
{
    DIR *entries = opendir(target->path);
    const struct dirent *entry;

    cr_assert_not_null(entries, "%s", target->path);
    while ((entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)remove(book_folder_path(target, entry->d_name));
    (void)closedir(entries);
    cr_expect_eq(rmdir(target->path), 0, "%s", target->path);
}

const char *book_folder_path(const folder *target, const char *name)
{
    static char path[FOLDER_PATH_BYTES + 300];

    (void)snprintf(path, sizeof path, "%s/%s", target->path, name);
    return path;
}

void book_folder_write(const folder *target, const char *name, const void *data, size_t bytes)
{
    FILE *file = fopen(book_folder_path(target, name), "wb");

    cr_assert_not_null(file, "%s", name);
    cr_assert_eq(fwrite(data, 1, bytes, file), bytes, "%s", name);
    cr_assert_eq(fclose(file), 0, "%s", name);
}

void book_folder_write_text(const folder *target, const char *name, const char *text)
{
    book_folder_write(target, name, text, strlen(text));
}

void book_folder_write_all(const folder *target, const folder_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        book_folder_write_text(target, files[i].name, files[i].text);
}

const folder_file good_book[GOOD_BOOK_FILES] = {
    {"venue.json",
     "{\n"
     "  \"venue\": \"good\", \"profile\": \"binance-usdm\",\n"
     "  \"margin_currency\": \"USDT\", \"cash_decimals\": 8,\n"
     "  \"comment\": [\"every kind\", \"every tier form\"],\n"
     "  \"assets\": [\n"
     "    {\"asset\": \"BTC\", \"weight\": [{\"up_to\": \"100\", \"weight\": \"0.95\"},\n"
     "      {\"up_to\": \"250.5\", \"weight\": \"0.9\"}, {\"weight\": \"0\"}]},\n"
     "    {\"asset\": \"USDT\", \"weight\": \"1\"},\n"
     "    {\"asset\": \"ETH\", \"decimals\": 6, \"value_decimals\": 12, \"weight\": \"0.9250\"}\n"
     "  ],\n"
     "  \"instruments\": [\n"
     "    {\"symbol\": \"BTCUSDT\", \"kind\": \"linear\", \"base\": \"BTC\", \"settle\": "
     "\"USDT\",\n"
     "     \"multiplier\": \"1\", \"lot\": \"0.001\", \"tick\": \"0.10\",\n"
     "     \"liquidation_fee\": \"0.005\", \"fund\": \"USDT\",\n"
     "     \"tiers\": [\n"
     "       {\"floor\": \"0\", \"mmr\": \"0.004\", \"imr\": \"0.008\", \"deduction\": \"0\"},\n"
     "       {\"floor\": \"50000\", \"mmr\": \"0.005\", \"imr\": \"0.01\"}]},\n"
     "    {\"symbol\": \"BTCUSD\", \"kind\": \"inverse\", \"base\": \"BTC\", \"settle\": \"BTC\",\n"
     "     \"multiplier\": \"100\", \"lot\": \"2\", \"tick\": \"0.5\", \"fund\": \"coins\",\n"
     "     \"tier_form\": \"whole\", \"tier_by\": \"quantity\",\n"
     "     \"tiers\": [\n"
     "       {\"floor\": \"0\", \"mmr\": \"0.005\", \"imr\": \"0.01\"},\n"
     "       {\"floor\": \"1000\", \"mmr\": \"0.01\", \"imr\": \"0.02\"}]},\n"
     "    {\"symbol\": \"ETHQ\", \"kind\": \"quanto\", \"base\": \"ETH\", \"settle\": \"USDT\",\n"
     "     \"multiplier\": \"0.000001\", \"lot\": \"1\", \"tick\": \"0.05\",\n"
     "     \"tier_form\": \"linear\",\n"
     "     \"tiers\": [\n"
     "       {\"floor\": \"0\", \"mmr\": \"0.01\", \"imr\": \"0.02\",\n"
     "        \"mmr_slope\": \"0.00005\", \"imr_slope\": \"0.00006\"}]},\n"
     "    {\"symbol\": \"ETHUSDT\", \"kind\": \"linear\", \"base\": \"ETH\", \"settle\": "
     "\"USDT\",\n"
     "     \"multiplier\": \"1\", \"lot\": \"0.01\", \"tick\": \"0.01\",\n"
     "     \"tier_form\": \"marginal\",\n"
     "     \"tiers\": [\n"
     "       {\"floor\": \"0\", \"mmr\": \"0.02\", \"imr\": \"0.04\"},\n"
     "       {\"floor\": \"1000\", \"mmr\": \"0.025\", \"imr\": \"0.05\"}]}\n"
     "  ],\n"
     "  \"funds\": [\n"
     "    {\"fund\": \"USDT\", \"balance\": \"1000000\"},\n"
     "    {\"fund\": \"coins\", \"asset\": \"BTC\", \"balance\": \"2.5\"},\n"
     "    {\"fund\": \"rest\", \"balance\": \"0\"}\n"
     "  ],\n"
     "  \"policy\": {\"adl_rule\": \"okx\"}\n"
     "}\n"},
    {"accounts.csv", "account,mode,adl_exempt,group\n"
                     "carol,portfolio,1,desk\n"
                     "bob,cross,0,\n"
                     "alice,cross,,desk\n"},
    {"balances.csv", "account,asset,amount\n"
                     "bob,USDT,1000.5\n"
                     "alice,ETH,-0.000001\n"
                     "bob,BTC,0\n"
                     "alice,BTC,3\n"},
    {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                      "bob,BTCUSD,long,10,30000,isolated,0.25\n"
                      "bob,BTCUSDT,short,0.5,31000.1,cross,\n"
                      "alice,ETHQ,long,7,2000,cross,\n"
                      "bob,BTCUSDT,long,1.001,30000,cross,\n"
                      "bob,BTCUSD,short,2,30000,cross,\n"
                      "bob,BTCUSDT,long,2,29999.9,isolated,0\n"},
    {"marks.csv", "symbol,price\n"
                  "BTCUSDT,30500.1\n"
                  "BTCUSD,30499\n"
                  "BTC,30500\n"
                  "USDT,1.0\n"
                  "ETHQ,2010.05\n"},
    {"orders.csv", "account,instrument,side,quantity,price\n"
                   "bob,BTCUSDT,sell,0.002,31000\n"
                   "bob,BTCUSD,buy,4,29000\n"
                   "alice,BTCUSDT,buy,1,30000\n"
                   "bob,BTCUSDT,buy,0.003,30000\n"},
    {"depth.csv", "instrument,side,price,quantity\n"
                  "BTCUSDT,ask,30501,3\n"
                  "BTCUSDT,bid,30499,1\n"
                  "BTCUSDT,ask,30500.5,2\n"
                  "ETHQ,bid,2000,5\n"
                  "BTCUSDT,bid,30500,4\n"}};

const char *good_book_text(const char *name)
{
    for (size_t i = 0; i < GOOD_BOOK_FILES; i++)
        if (strcmp(good_book[i].name, name) == 0)
            return good_book[i].text;
    cr_assert_fail("%s is no file of the good book", name);
    return NULL;
}

char *text_replace(const char *text, const char *needle, const char *replacement)
{
    const char *at = strstr(text, needle);
    char *out = NULL;

    cr_assert_not_null(at, "there is no %s", needle);
    cr_assert_geq(
        asprintf(&out, "%.*s%s%s", (int)(at - text), text, replacement, at + strlen(needle)), 0);
    return out;
}
