/*
 * liqscan serve: the sidecar.
 */
#include "app/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command_journal.h"
#include "app/service.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/signals.h"
#include "engine/engine.h"

/* How long the engine waits for events before it looks at what else there is. */
enum { WAIT_MS = 50 };

static int serve_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status serve(const liq_options *options, liq_engine_config *config, liq_log *log,
                        liq_error *err);
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
    {"check", NULL, false, "read FILE, say what is wrong with it, and end"},
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

    (void)output;
    if (config == NULL || log == NULL)
        status = liq_fail(&err, LIQ_OUT_OF_MEMORY, 0, "out of memory");
    else
        status = serve(options, config, log, &err);
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
