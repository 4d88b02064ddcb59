/*
 * liqscan explain: why an account has the status that it has, and what would help.
 */
#include "app/command.h"

#include <liqscan/explain.h>

#include "app/book_open.h"
#include "app/explain_facts.h"
#include "app/explain_table.h"
#include "app/shock.h"

static int explain_run(const liq_command *command, const liq_options *options, liq_output *output);

static const liq_option_spec specs[] = {LIQ_OPTION_SHOCK, LIQ_OPTION_SNAPSHOT, LIQ_OPTION_FORMAT,
                                        LIQ_OPTION_HELP};

const liq_command liq_command_explain = {
    .name = "explain",
    .operands = "BOOK ACCOUNT",
    .about = "Show one account's margin, line by line",
    .text = "For the cross margin account and each isolated position: collateral, positions,\n"
            "tiers, sums, which level of the venue is reached and by which comparison, the\n"
            "liquidation price (where the status becomes liquidate while all other prices\n"
            "stay), the bankruptcy price (where equity is zero), and what would cure it: the\n"
            "least deposit, or the least reduction of one position at its mark.\n"
            "\n"
            "Tables show liquidation and bankruptcy prices with the decimals of the tick,\n"
            "rounded as the venue does; JSON and CSV carry them in full. JSON is one object\n"
            "for each margin account; CSV is one fact a line: account, margin, section, item,\n"
            "field, value.\n",
    .examples = "  liqscan explain book alice\n"
                "  liqscan explain book alice --shock BTCUSDT=-10% --format json\n"
                "  liqscan explain book -- -odd-name\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = explain_run};

static int explain_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_explanation *explanation = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    uint64_t load_ns;
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &load_ns, &err)) != LIQ_OK ||
        (status = liq_explain(&explanation, book, options->operands[1], &err)) != LIQ_OK)
        goto done;
    if (format == LIQ_FORMAT_TABLE)
        status = liq_explain_table_write(output, book, explanation, &err);
    else
        status = liq_explain_facts_write(output, format, book, explanation, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_explanation_destroy(explanation);
    liq_book_destroy(book);
    return code;
}
