/*
 * liqscan settle: scan, then the whole waterfall to rest.
 */
#include "app/command.h"

#include <unistd.h>

#include <liqscan/scanner.h>
#include <liqscan/settle.h>

#include "app/book_open.h"
#include "app/plural.h"
#include "app/progress_bar.h"
#include "app/settle_view.h"
#include "app/shock.h"

/* What was settled, and how long all of it took. */
typedef struct settle_facts {
    const liq_book *book;
    const liq_settle *settle;
    uint64_t load_ns;
    liq_scan_summary scan;
    liq_settle_summary summary;
} settle_facts;

static int settle_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status book_settle(settle_facts *facts, liq_settle **settle, liq_scanner **scanner,
                              const liq_options *options, liq_error *err);
static liq_status facts_write(liq_output *output, liq_format format, const settle_facts *facts,
                              liq_error *err);
static void summary_json(liq_output *output, const settle_facts *facts);
static liq_status summary_text(liq_output *output, const settle_facts *facts, liq_error *err);
static liq_status summary_beside(const settle_facts *facts, liq_error *err);

static const liq_option_spec specs[] = {
    LIQ_OPTION_SHOCK,
    LIQ_OPTION_SNAPSHOT,
    {"device", "NAME", false,
     "a device's number, type (gpu, cpu) or a part of its\n"
     "name, or cpu-reference for the host itself"},
    {"no-self-test", NULL, false, "use the device without its known-answer test"},
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_settle = {
    .name = "settle",
    .operands = "BOOK",
    .about = "Liquidate what a scan flags, in order",
    .text = "Scans, then settles each flagged margin account by the rules of the venue, most\n"
            "leveraged first: cancel orders, net pairs, reduce, close at market, take over at\n"
            "the bankruptcy price. After each step the account is valued again and left alone\n"
            "as soon as it is safe. The insurance fund gains or pays; what it may not pay is\n"
            "deleveraged against the other side, after all liquidations; what cannot be\n"
            "placed is reported as socialised.\n"
            "\n"
            "One action a line, in order; then a summary with funds, what was deleveraged,\n"
            "and \"conserved\":true when cash and lots add up over accounts, funds, venue and\n"
            "market, to the last unit. Each action is audited before it is shown. The book is\n"
            "not written: it is what would happen.\n"
            "\n"
            "quantity is in contracts, price that of the instrument, cash what the account\n"
            "(of fund_credit and fund_debit: the fund) receives, below zero what it pays.\n",
    .examples = "  liqscan settle book\n"
                "  liqscan settle book --shock BTCUSDT=-20% --format json\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = settle_run};

static int settle_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    settle_facts facts = {0};
    liq_settle *settle = NULL;
    liq_scanner *scanner = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &facts.load_ns, &err)) !=
            LIQ_OK)
        goto done;
    facts.book = book;
    if ((status = book_settle(&facts, &settle, &scanner, options, &err)) != LIQ_OK)
        goto done;
    status = facts_write(output, format, &facts, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_settle_destroy(settle);
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    return code;
}

static liq_status book_settle(settle_facts *facts, liq_settle **settle, liq_scanner **scanner,
                              const liq_options *options, liq_error *err)
{
    liq_scanner_options chosen = {.device = liq_options_value(options, "device"),
                                  .skip_self_test = liq_options_has(options, "no-self-test"),
                                  .settles = 1};
    liq_progress_bar bar;
    liq_status status = liq_settle_create(settle, facts->book, err);

    if (status != LIQ_OK)
        return status;
    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    chosen.progress = &bar.progress;
    status = liq_scanner_create(scanner, facts->book, &chosen, err);
    liq_progress_bar_finish(&bar);
    if (status != LIQ_OK || (status = liq_scanner_scan(*scanner, &facts->scan, err)) != LIQ_OK)
        return status;
    facts->settle = *settle;
    return liq_settle_run(*settle, *scanner, 0, 1, &facts->summary, err);
}

static liq_status facts_write(liq_output *output, liq_format format, const settle_facts *facts,
                              liq_error *err)
{
    liq_emit *emit = NULL;
    liq_status status =
        liq_emit_create(&emit, output, format, liq_action_columns(), LIQ_ACTION_COLUMNS, err);

    if (status != LIQ_OK)
        return status;
    status = liq_actions_emit(emit, output, facts->settle, err);
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    if (status != LIQ_OK)
        return status;
    if (format == LIQ_FORMAT_JSON)
        summary_json(output, facts);
    else if (format == LIQ_FORMAT_TABLE)
        status = summary_text(output, facts, err);
    else
        status = summary_beside(facts, err);
    return status;
}

static void summary_json(liq_output *output, const settle_facts *facts)
{
    const liq_settle_summary *summary = &facts->summary;
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(facts->book));
    liq_json_out_string(&json, "profile", liq_book_profile(facts->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(facts->book));
    liq_json_out_count(&json, "flagged", facts->scan.flagged);
    liq_json_out_count(&json, "unvalued", facts->scan.by_status[LIQ_MARGIN_UNVALUED]);
    liq_json_out_count(&json, "actions", summary->actions);
    liq_json_out_count(&json, "safe", summary->accounts_safe);
    liq_json_out_count(&json, "closed", summary->accounts_closed);
    liq_json_out_count(&json, "waiting", summary->accounts_waiting);
    liq_json_out_count(&json, "touched", summary->accounts_touched);
    liq_json_out_count(&json, "rounds", summary->rounds);
    liq_json_out_count(&json, "adl_fills", summary->adl_fills);
    liq_json_out_string(&json, "liquidated_notional", summary->liquidated_notional);
    liq_json_out_string(&json, "adl_notional", summary->adl_notional);
    liq_json_out_string(&json, "fees", summary->fees);
    liq_json_out_string(&json, "socialised", summary->socialised);
    liq_funds_json(&json, facts->settle);
    liq_adl_json(&json, facts->settle);
    liq_json_out_string(&json, "device", facts->scan.device);
    liq_json_out_count(&json, "load_ns", facts->load_ns);
    liq_json_out_count(&json, "scan_ns", facts->scan.wall_ns);
    liq_json_out_count(&json, "settle_ns", summary->settle_ns);
    liq_json_out_count(&json, "adl_ns", summary->adl_ns);
    liq_json_out_string(&json, "hash", summary->hash);
    liq_json_out_bool(&json, "conserved", summary->conserved != 0);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static liq_status summary_text(liq_output *output, const settle_facts *facts, liq_error *err)
{
    const liq_settle_summary *summary = &facts->summary;
    liq_status status;

    if (facts->scan.flagged == 0)
        liq_output_string(output, "No margin account is to be liquidated.\n");
    liq_output_format(output,
                      "\n%llu flagged margin account%s at %s (%s): %llu closed, %llu safe, "
                      "%llu waiting\n",
                      (unsigned long long)summary->margin_accounts,
                      liq_plural_s(summary->margin_accounts), liq_book_venue(facts->book),
                      liq_book_profile(facts->book), (unsigned long long)summary->accounts_closed,
                      (unsigned long long)summary->accounts_safe,
                      (unsigned long long)summary->accounts_waiting);
    liq_settle_sums_text(output, summary, liq_book_margin_currency(facts->book));
    if ((status = liq_funds_table(output, facts->settle, err)) != LIQ_OK)
        return status;
    if (liq_settle_adl_count(facts->settle) > 0)
        liq_output_string(output, "\n");
    if ((status = liq_adl_table(output, facts->settle, err)) != LIQ_OK)
        return status;
    liq_output_format(output,
                      "\n  loaded in %.1f ms, scanned in %.3f ms on %s, settled in %.3f ms\n"
                      "  hash %s\n",
                      (double)facts->load_ns / 1e6, (double)facts->scan.wall_ns / 1e6,
                      facts->scan.device, (double)summary->settle_ns / 1e6, summary->hash);
    return LIQ_OK;
}

/* On standard error, where it disturbs no table. */
static liq_status summary_beside(const settle_facts *facts, liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status = liq_output_aside_open(&aside, err);

    if (status != LIQ_OK)
        return status;
    status = summary_text(aside, facts, err);
    liq_output_aside_close(aside);
    return status;
}
