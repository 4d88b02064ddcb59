/*
 * liqscan snapshot: a book as one file that loads many times faster.
 */
#include "app/command.h"

#include <sys/stat.h>

#include "app/book_open.h"
#include "base/clock.h"
#include "base/fail.h"

/* What was done, for the one line of output. */
typedef struct snapshot_facts {
    const char *file;
    uint64_t bytes;
    uint64_t load_ns;
    uint64_t write_ns;
    liq_book_counts counts;
} snapshot_facts;

static int snapshot_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status snapshot_make(snapshot_facts *out, const liq_options *options, liq_error *err);
static liq_status facts_write(liq_output *output, liq_format format, const snapshot_facts *facts,
                              liq_error *err);

static const liq_option_spec specs[] = {
    {"out", "FILE", false, "where the snapshot goes; needed"}, LIQ_OPTION_FORMAT, LIQ_OPTION_HELP};

const liq_command liq_command_snapshot = {
    .name = "snapshot",
    .operands = "BOOK",
    .about = "Write a book to one file that loads faster",
    .text = "Loads BOOK and writes it to FILE, for your eyes alone, whole or not at all.\n"
            "Every command takes FILE where it takes a BOOK; the directory is then not looked\n"
            "at. A FILE that is damaged, cut short, or written by another version is refused.\n"
            "\n"
            "To follow a directory that changes, use --snapshot FILE of the other commands\n"
            "instead: it loads from FILE only when FILE is of exactly the files as they are\n"
            "(same inodes, sizes and times of modification and change, none younger than two\n"
            "seconds), and else reads the files and writes FILE anew.\n",
    .examples = "  liqscan snapshot book --out book.snapshot\n"
                "  liqscan scan book.snapshot\n"
                "  liqscan scan book --snapshot book.snapshot\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = snapshot_run};

static int snapshot_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    snapshot_facts facts = {.file = liq_options_value(options, "out")};
    liq_format format;
    liq_error err = {0};
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) == LIQ_OK &&
        (status = snapshot_make(&facts, options, &err)) == LIQ_OK)
        status = facts_write(output, format, &facts, &err);
    return status == LIQ_OK ? LIQ_EXIT_DONE : liq_command_fail(command, status, &err);
}

static liq_status snapshot_make(snapshot_facts *out, const liq_options *options, liq_error *err)
{
    liq_book *book = NULL;
    struct stat facts;
    uint64_t started_ns;
    liq_status status;

    if (out->file == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--out FILE is missing");
    if ((status = liq_book_open(&book, options->operands[0], options, &out->load_ns, err)) !=
        LIQ_OK)
        return status;
    started_ns = liq_clock_ns();
    liq_book_count(book, &out->counts);
    status = liq_book_save_snapshot(book, out->file, err);
    out->write_ns = liq_clock_ns() - started_ns;
    liq_book_destroy(book);
    if (status == LIQ_OK && stat(out->file, &facts) == 0)
        out->bytes = (uint64_t)facts.st_size;
    return status;
}

static liq_status facts_write(liq_output *output, liq_format format, const snapshot_facts *facts,
                              liq_error *err)
{
    static const liq_emit_column columns[] = {
        {"snapshot", "snapshot", false, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"accounts", "accounts", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"balances", "balances", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"positions", "positions", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"orders", "orders", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"bytes", "bytes", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"load_ns", NULL, true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"write_ns", NULL, true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR}};
    liq_emit *emit = NULL;
    const liq_status status =
        liq_emit_create(&emit, output, format, columns, sizeof columns / sizeof columns[0], err);

    if (status != LIQ_OK)
        return status;
    liq_emit_text(emit, facts->file);
    liq_emit_count(emit, facts->counts.accounts);
    liq_emit_count(emit, facts->counts.balances);
    liq_emit_count(emit, facts->counts.positions);
    liq_emit_count(emit, facts->counts.orders);
    liq_emit_count(emit, facts->bytes);
    liq_emit_count(emit, facts->load_ns);
    liq_emit_count(emit, facts->write_ns);
    liq_emit_row_end(emit);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}
