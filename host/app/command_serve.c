/*
 * liqscan serve: the sidecar.
 */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liqscan/book.h>

#include "app/command_journal.h"
#include "app/plural.h"
#include "app/service.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/signals.h"
#include "engine/engine.h"

/* How long the engine waits for events before it looks at what else there is. */
enum { WAIT_MS = 50, PATH_BYTES = 4096 };

static int serve_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status serve(const liq_options *options, liq_engine_config *config, liq_log *log,
                        liq_error *err);
static liq_status config_check(const liq_engine_config *config, const char *path,
                               liq_output *output, liq_error *err);
static liq_status stdout_from_read(liq_engine_config *config, const liq_options *options,
                                   liq_error *err);
static liq_status loop(liq_engine *engine, liq_log *log, liq_error *err);
static void reload(liq_engine *engine, liq_log *log);

static const liq_option_spec specs[] = {
    {"config", "FILE", false, "what to follow, decide and tell; needed"},
    {"log", "LEVEL", false,
     "least level that is logged: debug, info, warn or\n"
     "error; else info"},
    {"stdout-from", "SEQ", false,
     "decision that standard output begins with, for who\n"
     "has those before"},
    {"check", NULL, false,
     "read FILE, and the book where it is the first start,\n"
     "say what is wrong with them, and end"},
    LIQ_OPTION_HELP};

const liq_command liq_command_serve = {
    .name = "serve",
    .operands = "",
    .about = "Follow an exchange live, and decide",
    .text = "Follows a book by events (from standard input, a Unix-domain socket, NATS\n"
            "JetStream), values it on every update of marks, and decides as \"settle\" does.\n"
            "Each decision is in the journal of the state folder before it is told to\n"
            "anybody; after a kill at any instant the next start goes on where the journal\n"
            "ends.\n"
            "\n"
            "FILE is JSON. It needs a name, a book, a folder for the state, and a source:\n"
            "\n"
            "  {\"name\": \"demo\", \"book\": \"book\", \"state\": \"state\",\n"
            "   \"sources\": [{\"source\": \"feed\", \"kind\": \"stdin\"}],\n"
            "   \"outlets\": [{\"outlet\": \"stdout\"}]}\n"
            "\n"
            "Then a line of standard input is an event, and a line of output a decision:\n"
            "\n"
            "  "
            "{\"type\":\"marks\",\"seq\":1,\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":"
            "\"60000\"}]}\n"
            "\n"
            "The README lists all keys and events.\n"
            "\n"
            "SIGTERM and SIGINT apply what was read, write a snapshot and end. SIGHUP takes\n"
            "over venue.json anew; a bad file changes nothing. The log goes to standard\n"
            "error, one JSON object a line.\n",
    .examples = "  liqscan serve --config liqscan.json\n"
                "  liqscan serve --config liqscan.json --check\n"
                "  liqscan serve --config liqscan.json --stdout-from 1349 | consumer\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = serve_run};

static int serve_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_engine_config *config = calloc(1, sizeof *config);
    liq_log *log = calloc(1, sizeof *log);
    liq_error err = {0};
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if (config == NULL || log == NULL)
        status = liq_fail(&err, LIQ_OUT_OF_MEMORY, 0, "out of memory");
    else
        status = serve(options, config, log, &err);
    if (status == LIQ_OK && liq_options_has(options, "check"))
        status = config_check(config, liq_options_value(options, "config"), output, &err);
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    if (config != NULL)
        liq_engine_config_clear(config);
    free(config);
    free(log);
    return code;
}

static liq_status serve(const liq_options *options, liq_engine_config *config, liq_log *log,
                        liq_error *err)
{
    const char *path = liq_options_value(options, "config");
    const char *level_name = liq_options_value(options, "log");
    liq_log_level level = LIQ_LOG_INFO;
    liq_engine *engine = NULL;
    liq_status status;

    if (path == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--config FILE is needed");
    if (level_name != NULL && !liq_log_level_named(&level, level_name))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--log \"%s\" is none of debug, info, warn, error",
                        level_name);
    if ((status = liq_engine_config_load(config, path, err)) != LIQ_OK ||
        (status = stdout_from_read(config, options, err)) != LIQ_OK ||
        liq_options_has(options, "check"))
        return status;
    liq_signals_take();
    liq_signals_take_reload();
    liq_log_start(log, STDERR_FILENO, LIQ_LOG_AUTO, level);
    if ((status = liq_engine_create(&engine, config, LIQ_VERSION, log, err)) == LIQ_OK) {
        status = loop(engine, log, err);
    }
    liq_engine_destroy(engine);
    liq_log_end(log);
    return status;
}

/* The book is read by the first start only: behind a journal it may be elsewhere by now. */
static liq_status config_check(const liq_engine_config *config, const char *path,
                               liq_output *output, liq_error *err)
{
    char journal[PATH_BYTES];
    liq_book *book = NULL;
    liq_book_counts counts;
    const int bytes = snprintf(journal, sizeof journal, "%s/journal.db", config->state);
    const bool is_first =
        bytes < 0 || (size_t)bytes >= sizeof journal || access(journal, F_OK) != 0;
    const liq_status status = is_first ? liq_book_load(&book, config->book, NULL, err) : LIQ_OK;

    if (status != LIQ_OK)
        return status;
    liq_output_format(output, "%s: nothing is wrong with it\n", path);
    if (is_first) {
        liq_book_count(book, &counts);
        liq_output_format(output, "  begins with %llu account%s of %s at %s (%s)\n",
                          (unsigned long long)counts.accounts, liq_plural_s(counts.accounts),
                          config->book, liq_book_venue(book), liq_book_profile(book));
    } else {
        liq_output_format(output, "  goes on where %s ends\n", journal);
    }
    liq_book_destroy(book);
    return LIQ_OK;
}

static liq_status stdout_from_read(liq_engine_config *config, const liq_options *options,
                                   liq_error *err)
{
    bool has_stdout = false;
    const liq_status status =
        liq_command_journal_number(&config->stdout_from, options, "stdout-from", err);

    for (uint32_t i = 0; i < config->outlet_count; i++)
        has_stdout |= config->outlets[i].kind == LIQ_TO_STDOUT;
    if (status != LIQ_OK || config->stdout_from == 0 || has_stdout)
        return status;
    return liq_fail(err, LIQ_BAD_INPUT, 0, "--stdout-from: no outlet is \"stdout\"");
}

static liq_status loop(liq_engine *engine, liq_log *log, liq_error *err)
{
    char text[LIQ_SERVICE_STATUS_BYTES];
    liq_service service;
    bool is_over = false;
    bool was_ready = false;
    liq_status status = LIQ_OK;

    liq_service_start(&service);
    liq_service_ready("started");
    while (status == LIQ_OK && !is_over && liq_signals_caught() == 0) {
        const bool is_ready = liq_engine_is_ready(engine);

        if (is_ready != was_ready)
            liq_log_write(log, LIQ_LOG_INFO, is_ready ? "ready" : "not_ready", NULL);
        if (liq_signals_reload() != 0)
            reload(engine, log);
        status = liq_engine_step(engine, WAIT_MS, &is_over, err);
        liq_service_alive(&service, liq_clock_ns());
        if (is_ready != was_ready) {
            liq_engine_status_text(engine, text, sizeof text);
            liq_service_status(text);
        }
        was_ready = is_ready;
    }
    liq_service_stopping("writing a snapshot");
    if (status == LIQ_OK || status == LIQ_INTERRUPTED)
        status = liq_engine_finish(engine, err);
    return status;
}

static void reload(liq_engine *engine, liq_log *log)
{
    liq_error reason;

    liq_service_reloading();
    if (liq_engine_reload(engine, &reason) == LIQ_OK)
        liq_log_write(log, LIQ_LOG_INFO, "reloaded", NULL);
    else
        liq_log_write(log, LIQ_LOG_ERROR, "reload_refused",
                      LIQ_LOG_FIELDS(liq_log_string("reason", reason.message)));
    liq_service_ready("reloaded");
}
