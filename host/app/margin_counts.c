#include "app/margin_counts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "book/columns.h"
#include "outlet/table_text.h"

enum { COLUMNS = 6, PPM_DECIMALS = 6, COUNT_BYTES = 24 };

static uint32_t larger(uint32_t left, uint32_t right);
static void factor_cell(liq_table_text *table, uint32_t ppm);
static void factor_json(liq_json_out *json, const char *key, uint32_t ppm);

liq_status liq_margin_counts_create(liq_margin_counts *out, const liq_book *book, liq_error *err)
{
    out->book = book;
    return liq_memory_array(&out->items, book->venue.instrument_count, sizeof *out->items, err);
}

void liq_margin_counts_clear(liq_margin_counts *counts)
{
    free(counts->items);
    *counts = (liq_margin_counts){0};
}

void liq_margin_counts_see(liq_margin_counts *counts, const liq_dynamic_change *changes,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        liq_margin_count *item = &counts->items[changes[i].instrument_index];
        const uint32_t before = larger(item->most.ppm[0], item->most.ppm[1]);

        if (changes[i].stage == LIQ_DYNAMIC_ANNOUNCED) {
            counts->told++;
            continue;
        }
        counts->changes++;
        item->changes++;
        item->last = changes[i].after;
        for (int rate = 0; rate < LIQ_FACTOR_PAIR; rate++)
            item->most.ppm[rate] = larger(item->most.ppm[rate], item->last.ppm[rate]);
        if (larger(item->most.ppm[0], item->most.ppm[1]) > before)
            item->most_ms = changes[i].time_ms;
    }
}

liq_status liq_margin_counts_text(liq_output *output, const liq_margin_counts *counts,
                                  liq_error *err)
{
    static const char *const titles[COLUMNS] = {"MARGIN RATES", "CHANGES",      "MMR MOST X",
                                                "IMR MOST X",   "MMR AT END X", "IMR AT END X"};
    liq_table_text *table = NULL;
    liq_status status;

    if (counts->items == NULL || counts->changes == 0)
        return LIQ_OK;
    if ((status = liq_table_text_create(&table, output, 2, err)) != LIQ_OK)
        return status;
    liq_table_text_columns(table, titles, COLUMNS, 1);
    for (uint32_t i = 0; i < counts->book->venue.instrument_count; i++) {
        const liq_margin_count *item = &counts->items[i];
        char text[COUNT_BYTES];

        if (item->changes == 0)
            continue;
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)item->changes);
        liq_table_text_cell(table, liq_names_get(counts->book->venue.instrument_names, i));
        liq_table_text_cell(table, text);
        factor_cell(table, item->most.ppm[0]);
        factor_cell(table, item->most.ppm[1]);
        factor_cell(table, item->last.ppm[0]);
        factor_cell(table, item->last.ppm[1]);
        liq_table_text_row_end(table);
    }
    liq_output_string(output, "\n");
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

void liq_margin_counts_json(liq_json_out *json, const liq_margin_counts *counts)
{
    if (counts->items == NULL)
        return;
    liq_json_out_object(json, "margin");
    liq_json_out_count(json, "notices", counts->told);
    liq_json_out_count(json, "changes", counts->changes);
    liq_json_out_array(json, "instruments");
    for (uint32_t i = 0; i < counts->book->venue.instrument_count; i++) {
        const liq_margin_count *item = &counts->items[i];

        if (item->changes == 0)
            continue;
        liq_json_out_object(json, NULL);
        liq_json_out_string(json, "instrument",
                            liq_names_get(counts->book->venue.instrument_names, i));
        liq_json_out_count(json, "changes", item->changes);
        factor_json(json, "maintenance_factor_most", item->most.ppm[0]);
        factor_json(json, "initial_factor_most", item->most.ppm[1]);
        liq_json_out_count(json, "most_ms", (uint64_t)item->most_ms);
        factor_json(json, "maintenance_factor", item->last.ppm[0]);
        factor_json(json, "initial_factor", item->last.ppm[1]);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    liq_json_out_close(json);
}

static uint32_t larger(uint32_t left, uint32_t right)
{
    return left > right ? left : right;
}

static void factor_cell(liq_table_text *table, uint32_t ppm)
{
    char text[LIQ_DECIMAL_BYTES];

    liq_table_text_cell(table, liq_decimal_format(text, ppm, PPM_DECIMALS));
}

static void factor_json(liq_json_out *json, const char *key, uint32_t ppm)
{
    char text[LIQ_DECIMAL_BYTES];

    liq_json_out_string(json, key, liq_decimal_format(text, ppm, PPM_DECIMALS));
}
