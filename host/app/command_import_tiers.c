/*
 * liqscan import tiers: other people's tier tables as a venue.json of ours.
 */
#include "app/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "book/import_tiers.h"

static int import_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(liq_import_options *out, const liq_options *options, liq_error *err);

static const liq_option_spec specs[] = {
    {"venue", "NAME", false, "name of the venue; else \"imported\""},
    {"profile", "NAME", false, "its rules; else binance-usdm"},
    {"margin-currency", "ASSET", false,
     "what equity is counted in; else USDT where\n"
     "anything settles in it, or what the first\n"
     "instrument settles in"},
    {"weight", "WEIGHT", false, "of the other assets as collateral, 0 to 1; else 1"},
    {"lot", "QUANTITY", false, "step of quantity of every instrument; else 0.001"},
    {"tick", "PRICE", false, "step of price of every instrument; else 0.0001"},
    {"liquidation-fee", "RATE", false, "fee on what is closed by force; else none"},
    {"instruments-only", NULL, false,
     "write {\"instruments\": [...]} alone, to be put\n"
     "into a venue.json by hand"},
    {"format", "json", false, "venue.json has one shape"},
    LIQ_OPTION_HELP};

const liq_command liq_command_import_tiers = {
    .name = "import tiers",
    .operands = "FILE",
    .about = "Turn ccxt leverage tiers into a venue.json",
    .text = "FILE holds what ccxt's fetchLeverageTiers gives: for each symbol its tiers with\n"
            "minNotional, maxNotional, maintenanceMarginRate, maxLeverage and, where the\n"
            "venue has it, info.cum. Every tier is checked: no gap, rates that do not fall,\n"
            "and deductions that make maintenance margin continuous. Writes venue.json to\n"
            "standard output, or nothing when anything is wrong. The tables do not know lots,\n"
            "ticks and fees: give them here or edit the result.\n",
    .examples = "  liqscan import tiers leverage_tiers.json >book/venue.json\n"
                "  liqscan import tiers tiers.json --venue demo --lot 0.01 >book/venue.json\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = import_run};

/* Through memory, so that standard output gets all of it or nothing. */
static int import_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_import_options request;
    FILE *file = NULL;
    char *text = NULL;
    size_t bytes = 0;
    liq_error err = {0};
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = request_read(&request, options, &err)) != LIQ_OK)
        goto done;
    if ((file = open_memstream(&text, &bytes)) == NULL) {
        status = liq_fail(&err, LIQ_OUT_OF_MEMORY, errno, "no memory for the result");
        goto done;
    }
    status = liq_import_tiers(options->operands[0], &request, file, &err);
    if (fclose(file) != 0 && status == LIQ_OK)
        status = liq_fail(&err, LIQ_OUT_OF_MEMORY, errno, "no memory for the result");
    if (status == LIQ_OK)
        liq_output_add(output, text, bytes);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    free(text);
    return code;
}

static liq_status request_read(liq_import_options *out, const liq_options *options, liq_error *err)
{
    const char *format = liq_options_value(options, "format");

    *out = (liq_import_options){
        .complete = !liq_options_has(options, "instruments-only"),
        .venue = liq_options_value(options, "venue"),
        .profile = liq_options_value(options, "profile"),
        .margin_currency = liq_options_value(options, "margin-currency"),
        .weight = liq_options_value(options, "weight"),
        .lot = liq_options_value(options, "lot"),
        .tick = liq_options_value(options, "tick"),
        .liquidation_fee = liq_options_value(options, "liquidation-fee"),
    };
    if (format != NULL && strcmp(format, "json") != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--format \"%.64s\": venue.json is JSON", format);
    return LIQ_OK;
}
