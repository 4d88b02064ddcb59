#include "book/import_internal.h"

#include <string.h>

static void text_write(FILE *out, liq_text text);
static void string_write(FILE *out, const char *text);
static void member_write(FILE *out, const char *key, const char *text);
static bool equal(liq_text left, liq_text right);

void liq_import_write_head(FILE *out, const liq_import_options *options, const liq_names *assets)
{
    (void)fputs("{\n", out);
    if (options->complete) {
        member_write(out, "venue", options->venue);
        member_write(out, "profile", options->profile);
        member_write(out, "margin_currency", options->margin_currency);
        (void)fputs("  \"assets\": [\n    {\"asset\": ", out);
        string_write(out, options->margin_currency);
        (void)fputs(", \"weight\": \"1\"}", out);
        for (uint32_t i = 0; i < liq_names_count(assets); i++) {
            const char *asset = liq_names_get(assets, i);

            if (strcmp(asset, options->margin_currency) == 0)
                continue;
            (void)fputs(",\n    {\"asset\": ", out);
            string_write(out, asset);
            (void)fputs(", \"weight\": ", out);
            string_write(out, options->weight);
            (void)fputs(",\n     \"comment\": \"not in the tier tables: set the venue's weight\"}",
                        out);
        }
        (void)fputs("\n  ],\n", out);
    }
    (void)fputs("  \"instruments\": [\n", out);
}

void liq_import_write_instrument(FILE *out, const liq_import_options *options,
                                 const liq_import_symbol *symbol, bool first)
{
    const char *kind = equal(symbol->settle, symbol->quote)  ? "linear"
                       : equal(symbol->settle, symbol->base) ? "inverse"
                                                             : "quanto";

    (void)fputs(first ? "    {\"symbol\": " : ",\n    {\"symbol\": ", out);
    string_write(out, symbol->name);
    (void)fprintf(out, ", \"kind\": \"%s\", \"base\": ", kind);
    text_write(out, symbol->base);
    (void)fputs(", \"settle\": ", out);
    text_write(out, symbol->settle);
    (void)fputs(",\n     \"multiplier\": \"1\", \"lot\": ", out);
    string_write(out, options->lot);
    (void)fputs(", \"tick\": ", out);
    string_write(out, options->tick);
    if (options->liquidation_fee != NULL) {
        (void)fputs(", \"liquidation_fee\": ", out);
        string_write(out, options->liquidation_fee);
    }
    (void)fputs(",\n     \"tiers\": [\n", out);
}

void liq_import_write_tier(FILE *out, const liq_import_tier *tier, bool first)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)fprintf(out, "%s       {\"floor\": \"%s\"", first ? "" : ",\n",
                  liq_decimal_format(text, tier->floor.digits, tier->floor.decimals));
    (void)fprintf(
        out, ", \"mmr\": \"%s\"",
        liq_decimal_format(text, tier->maintenance_rate.digits, tier->maintenance_rate.decimals));
    (void)fprintf(out, ", \"imr\": \"%s\"",
                  liq_decimal_format(text, tier->initial_rate.digits, tier->initial_rate.decimals));
    if (tier->has_deduction)
        (void)fprintf(out, ", \"deduction\": \"%s\"",
                      liq_decimal_format(text, tier->deduction, LIQ_IMPORT_DEDUCTION_DECIMALS));
    (void)fputc('}', out);
}

void liq_import_write_instrument_end(FILE *out)
{
    (void)fputs("]}", out);
}

void liq_import_write_end(FILE *out)
{
    (void)fputs("\n  ]\n}\n", out);
}

static void member_write(FILE *out, const char *key, const char *text)
{
    (void)fprintf(out, "  \"%s\": ", key);
    string_write(out, text);
    (void)fputs(",\n", out);
}

static void string_write(FILE *out, const char *text)
{
    text_write(out, liq_text_of(text));
}

/* Names have no control bytes, so only the quote and the backslash need an escape. */
static void text_write(FILE *out, liq_text text)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            (void)fputc('\\', out);
        (void)fputc(text.data[i], out);
    }
    (void)fputc('"', out);
}

static bool equal(liq_text left, liq_text right)
{
    return left.bytes == right.bytes && memcmp(left.data, right.data, left.bytes) == 0;
}
