#include "app/command_stress_cascade.h"

#include <stdlib.h>
#include <string.h>

#include "app/book_open.h"
#include "app/cascade_cases.h"
#include "app/cascade_picture.h"
#include "app/cascade_view.h"
#include "app/picture_file.h"
#include "base/fail.h"
#include "base/workers.h"

static liq_status threads_read(uint32_t *out, const liq_options *options, liq_error *err);
static void found_clear(liq_cascade_found *found);

int liq_stress_cascade_run(const liq_command *command, const liq_options *options,
                           liq_output *output)
{
    const char *picture = liq_options_value(options, "picture");
    liq_cascade_plan plan = {0};
    liq_cascade_found found = {.plan = &plan};
    liq_book *book = NULL;
    liq_error err = {0};
    liq_cascade_part only;
    uint32_t threads;
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = liq_cascade_part_read(&only, liq_options_value(options, "only"), &err)) !=
            LIQ_OK ||
        (status = threads_read(&threads, options, &err)) != LIQ_OK ||
        (picture != NULL && (status = liq_picture_check(picture, &err)) != LIQ_OK) ||
        (status = liq_cascade_plan_read(&plan, options, &err)) != LIQ_OK ||
        (status = liq_book_open_unmoved(&book, options->operands[0], options, &found.load_ns,
                                        &err)) != LIQ_OK ||
        (status = liq_cascade_plan_build(&plan, book, &err)) != LIQ_OK)
        goto done;
    found.book = book;
    if ((status = liq_cascade_cases_run(&found, threads, &err)) == LIQ_OK &&
        (status = liq_cascade_found_write(output, format, only, &found, &err)) == LIQ_OK &&
        picture != NULL)
        status = liq_cascade_picture_write(picture, &found, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    found_clear(&found);
    liq_cascade_plan_clear(&plan);
    liq_book_destroy(book);
    return code;
}

liq_status liq_stress_cascade_check(const liq_options *options, liq_error *err)
{
    static const char *const names[] = {"shock",     "variant",    "depth-scale", "recovery",
                                        "reversion", "impact",     "rounds-max",  "round-ms",
                                        "after",     "with-index", "feed-lag",    "volume",
                                        "monitor",   "threads",    "freeze",      "wrong"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (liq_options_has(options, names[i]))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s means something with --cascade only",
                            names[i]);
    return LIQ_OK;
}

/* A device is one thread's: its own work is parallel. */
static liq_status threads_read(uint32_t *out, const liq_options *options, liq_error *err)
{
    const char *value = liq_options_value(options, "threads");

    *out = liq_options_has(options, "device") ? 1 : liq_workers_count();
    if (value == NULL)
        return LIQ_OK;
    if (value[0] < '1' || value[0] > '0' + LIQ_WORKERS_MAX || value[1] != '\0')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--threads \"%.64s\" is not a number of 1 .. %d",
                        value, LIQ_WORKERS_MAX);
    *out = (uint32_t)(value[0] - '0');
    return LIQ_OK;
}

static void found_clear(liq_cascade_found *found)
{
    for (uint32_t i = 0; i < found->case_count; i++) {
        free(found->cases[i].rounds);
        free(found->cases[i].lead_prices);
        free(found->cases[i].prices);
    }
    free(found->cases);
}
