#include "support_book_files.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fail.h"

static const char *const file_names[] = {"venue.json",    "accounts.csv", "balances.csv",
                                         "positions.csv", "marks.csv",    "orders.csv"};

static FILE *open_file(const char *directory, const char *name);
static void close_file(FILE *file);
static void venue_write(FILE *file, const liq_venue *venue);
static void policy_write(FILE *file, const liq_policy *policy);
static void assets_write(FILE *file, const liq_venue *venue);
static void instrument_write(FILE *file, const liq_venue *venue, uint32_t instrument_index);
static void accounts_write(FILE *file, const liq_book *book);
static void balances_write(FILE *file, const liq_book *book);
static void positions_write(FILE *file, const liq_book *book);
static void orders_write(FILE *file, const liq_book *book);
static void marks_write(FILE *file, const liq_book *book);
static void decimal_key_write(FILE *file, const char *key, liq_decimal value);
static void decimal_write(FILE *file, liq_int128 digits, int32_t decimals);

void liq_book_files_write(const liq_book *book, const char *directory)
{
    FILE *file = open_file(directory, "venue.json");

    venue_write(file, &book->venue);
    close_file(file);
    file = open_file(directory, "accounts.csv");
    accounts_write(file, book);
    close_file(file);
    file = open_file(directory, "balances.csv");
    balances_write(file, book);
    close_file(file);
    file = open_file(directory, "positions.csv");
    positions_write(file, book);
    close_file(file);
    file = open_file(directory, "marks.csv");
    marks_write(file, book);
    close_file(file);
    file = open_file(directory, "orders.csv");
    orders_write(file, book);
    close_file(file);
}

void liq_book_files_remove(const char *directory)
{
    for (size_t i = 0; i < sizeof file_names / sizeof *file_names; i++) {
        char path[512];

        (void)snprintf(path, sizeof path, "%s/%s", directory, file_names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static FILE *open_file(const char *directory, const char *name)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "w");
    LIQ_ASSERT(file != NULL);
    return file;
}

static void close_file(FILE *file)
{
    LIQ_ASSERT(fclose(file) == 0);
}

static void venue_write(FILE *file, const liq_venue *venue)
{
    (void)fprintf(file,
                  "{\"venue\": \"%s\", \"profile\": \"custom\", \"margin_currency\": \"%s\", "
                  "\"cash_decimals\": %d,\n",
                  venue->name, liq_names_get(venue->asset_names, 0), venue->cash_decimals);
    policy_write(file, &venue->policy);
    assets_write(file, venue);
    (void)fprintf(file, " \"instruments\": [");
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        instrument_write(file, venue, i);
    (void)fprintf(file, "]}\n");
}

static void policy_write(FILE *file, const liq_policy *policy)
{
    static const char *const levels[] = {"warning", "reduce_only", "liquidate", "backstop"};
    const bool over_equity = policy->ratio == LIQ_RATIO_MAINTENANCE_OVER_EQUITY;

    (void)fprintf(file,
                  " \"policy\": {\"ratio\": \"%s\", \"tier_form\": \"deduction\", \"tier_by\": "
                  "\"notional\", \"liquidation_price\": \"maintenance_at_price\", "
                  "\"price_rounding\": \"nearest\", \"adl_rule\": \"binance\",\n"
                  "  \"fee_in_requirement\": %s, \"order_loss\": %s, \"order_margin\": %s, "
                  "\"order_tier\": %s, \"unrealised_pnl\": \"%s\",\n  \"levels\": {",
                  over_equity ? "maintenance/equity" : "equity/maintenance",
                  policy->fee_in_requirement ? "true" : "false",
                  policy->order_loss ? "true" : "false", policy->order_margin ? "true" : "false",
                  policy->order_tier ? "true" : "false",
                  policy->pnl_is_collateral ? "collateral" : "full");
    for (uint32_t i = 0; i < LIQ_POLICY_LEVELS; i++) {
        const liq_policy_level level = policy->levels[i];

        (void)fprintf(file, "%s\"%s\": ", i == 0 ? "" : ", ", levels[i]);
        if (level.equity_factor == 0) {
            (void)fprintf(file, "null");
            continue;
        }
        (void)fprintf(file, "\"%s%s ", over_equity ? ">" : "<", level.inclusive ? "=" : "");
        decimal_write(file, over_equity ? level.equity_factor : level.requirement_factor, 6);
        (void)fprintf(file, "\"");
    }
    (void)fprintf(file, "}},\n");
}

static void assets_write(FILE *file, const liq_venue *venue)
{
    (void)fprintf(file, " \"assets\": [");
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        const liq_asset *asset = &venue->assets[i];

        (void)fprintf(
            file,
            "%s\n  {\"asset\": \"%s\", \"decimals\": %d, \"value_decimals\": %d, \"weight\": ",
            i == 0 ? "" : ",", liq_names_get(venue->asset_names, i), asset->decimals,
            asset->value_decimals);
        (void)fprintf(file, i == 0 ? "\"1\"}" : "[");
        for (uint32_t n = 0; i > 0 && n < asset->slice_count; n++) {
            const liq_weight_slice slice = venue->slices[asset->slice_first + n];

            (void)fprintf(file, n == 0 ? "{" : ", {");
            if (n + 1 < asset->slice_count) {
                (void)fprintf(file, "\"up_to\": \"");
                decimal_write(file, slice.up_to, asset->decimals);
                (void)fprintf(file, "\", ");
            }
            (void)fprintf(file, "\"weight\": \"");
            decimal_write(file, slice.weight, 4);
            (void)fprintf(file, "\"}");
        }
        if (i > 0)
            (void)fprintf(file, "]}");
    }
    (void)fprintf(file, "],\n");
}

static void instrument_write(FILE *file, const liq_venue *venue, uint32_t instrument_index)
{
    static const char *const kinds[] = {"linear", "inverse", "quanto"};
    static const char *const forms[] = {"deduction", "marginal", "whole", "linear"};
    const liq_instrument *instrument = &venue->instruments[instrument_index];

    (void)fprintf(file,
                  "%s\n  {\"symbol\": \"%s\", \"kind\": \"%s\", \"base\": \"%s\", \"settle\": "
                  "\"%s\", \"tier_form\": \"%s\", \"tier_by\": \"%s\"",
                  instrument_index == 0 ? "" : ",",
                  liq_names_get(venue->instrument_names, instrument_index), kinds[instrument->kind],
                  instrument->base, liq_names_get(venue->asset_names, instrument->settle_index),
                  forms[instrument->tier_form],
                  instrument->tier_measure == LIQ_TIER_BY_NOTIONAL ? "notional" : "quantity");
    decimal_key_write(file, ", \"multiplier\": ", instrument->multiplier);
    decimal_key_write(file, ", \"lot\": ", instrument->lot);
    decimal_key_write(file, ", \"tick\": ", instrument->tick);
    decimal_key_write(file, ", \"liquidation_fee\": ", instrument->liquidation_fee);
    (void)fprintf(file, ",\n   \"tiers\": [");
    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        const liq_tier *tier = &venue->tiers[instrument->tier_first + i];

        decimal_key_write(file, i == 0 ? "{\"floor\": " : ", {\"floor\": ", tier->floor);
        decimal_key_write(file, ", \"mmr\": ", tier->maintenance_rate);
        decimal_key_write(file, ", \"imr\": ", tier->initial_rate);
        if (instrument->tier_form == LIQ_TIER_LINEAR) {
            decimal_key_write(file, ", \"mmr_slope\": ", tier->maintenance_slope);
            decimal_key_write(file, ", \"imr_slope\": ", tier->initial_slope);
        }
        (void)fprintf(file, "}");
    }
    (void)fprintf(file, "]}");
}

static void accounts_write(FILE *file, const liq_book *book)
{
    (void)fprintf(file, "account,mode\n");
    for (uint32_t i = 0; i < book->account_count; i++)
        (void)fprintf(file, "%s,%s\n", liq_names_get(book->account_names, i),
                      book->accounts[i].mode == LIQ_ACCOUNT_PORTFOLIO ? "portfolio" : "cross");
}

static void balances_write(FILE *file, const liq_book *book)
{
    (void)fprintf(file, "account,asset,amount\n");
    for (uint64_t i = 0; i < book->balance_count; i++) {
        const liq_balance balance = book->balances[i];

        (void)fprintf(file, "%s,%s,", liq_names_get(book->account_names, balance.account_index),
                      liq_names_get(book->venue.asset_names, balance.asset_index));
        decimal_write(file, balance.amount, book->venue.assets[balance.asset_index].decimals);
        (void)fprintf(file, "\n");
    }
}

static void positions_write(FILE *file, const liq_book *book)
{
    (void)fprintf(file, "account,instrument,side,quantity,entry_price,margin,isolated_margin\n");
    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];
        const liq_instrument *instrument = &book->venue.instruments[position->instrument_index];
        const bool is_long = position->quantity_lots > 0;
        const int64_t lots = is_long ? position->quantity_lots : -position->quantity_lots;

        (void)fprintf(file, "%s,%s,%s,",
                      liq_names_get(book->account_names, position->account_index),
                      liq_names_get(book->venue.instrument_names, position->instrument_index),
                      is_long ? "long" : "short");
        decimal_write(file, (liq_int128)lots * instrument->lot.digits, instrument->lot.decimals);
        (void)fprintf(file, ",");
        decimal_write(file, position->entry_price.digits, position->entry_price.decimals);
        (void)fprintf(file, position->isolated ? ",isolated," : ",cross,");
        if (position->isolated)
            decimal_write(file, position->isolated_margin,
                          book->venue.assets[instrument->settle_index].decimals);
        (void)fprintf(file, "\n");
    }
}

static void orders_write(FILE *file, const liq_book *book)
{
    (void)fprintf(file, "account,instrument,side,quantity,price\n");
    for (uint64_t i = 0; i < book->order_count; i++) {
        const liq_order *order = &book->orders[i];
        const liq_decimal lot = book->venue.instruments[order->instrument_index].lot;
        const bool is_buy = order->quantity_lots > 0;
        const int64_t lots = is_buy ? order->quantity_lots : -order->quantity_lots;

        (void)fprintf(file, "%s,%s,%s,", liq_names_get(book->account_names, order->account_index),
                      liq_names_get(book->venue.instrument_names, order->instrument_index),
                      is_buy ? "buy" : "sell");
        decimal_write(file, (liq_int128)lots * lot.digits, lot.decimals);
        (void)fprintf(file, ",");
        decimal_write(file, order->price.digits, order->price.decimals);
        (void)fprintf(file, "\n");
    }
}

static void marks_write(FILE *file, const liq_book *book)
{
    (void)fprintf(file, "symbol,price\n");
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        if (book->instrument_marks[i].digits == 0)
            continue;
        (void)fprintf(file, "%s,", liq_names_get(book->venue.instrument_names, i));
        decimal_write(file, book->instrument_marks[i].digits, book->instrument_marks[i].decimals);
        (void)fprintf(file, "\n");
    }
    for (uint32_t i = 1; i < book->venue.asset_count; i++) {
        if (book->asset_indices[i].digits == 0)
            continue;
        (void)fprintf(file, "%s,", liq_names_get(book->venue.asset_names, i));
        decimal_write(file, book->asset_indices[i].digits, book->asset_indices[i].decimals);
        (void)fprintf(file, "\n");
    }
}

static void decimal_key_write(FILE *file, const char *key, liq_decimal value)
{
    (void)fprintf(file, "%s\"", key);
    decimal_write(file, value.digits, value.decimals);
    (void)fprintf(file, "\"");
}

static void decimal_write(FILE *file, liq_int128 digits, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)fprintf(file, "%s", liq_decimal_format(text, digits, decimals));
}
