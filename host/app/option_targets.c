#include "app/option_targets.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fail.h"

enum { INPUT_PATH_BYTES = 4096 };

static const char *const targets[] = {"out", "snapshot", "picture", "monitor"};
static const char *const book_files[] = {
    "",           "/venue.json", "/accounts.csv", "/balances.csv", "/positions.csv",
    "/marks.csv", "/orders.csv", "/depth.csv"};

static bool is_target(const liq_option *option);
static liq_status target_check(const liq_options *options, uint32_t target, liq_error *err);
static bool is_read_by(const liq_option *option, const struct stat *target);
static bool is_same_file(const struct stat *target, const char *path, size_t path_bytes,
                         const char *ending);

liq_status liq_option_targets_check(const liq_options *options, liq_error *err)
{
    for (uint32_t i = 0; i < options->option_count; i++) {
        const liq_status status =
            is_target(&options->options[i]) ? target_check(options, i, err) : LIQ_OK;

        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

/* Some of these names are flags of other commands. */
static bool is_target(const liq_option *option)
{
    for (uint32_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (option->value != NULL && strcmp(option->spec->name, targets[i]) == 0)
            return true;
    return false;
}

static liq_status target_check(const liq_options *options, uint32_t target, liq_error *err)
{
    const char *name = options->options[target].spec->name;
    const char *path = options->options[target].value;
    struct stat facts;

    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return LIQ_OK;
    for (uint32_t i = 0; i < options->operand_count; i++) {
        const char *operand = options->operands[i];

        for (uint32_t j = 0; j < sizeof book_files / sizeof book_files[0]; j++)
            if (is_same_file(&facts, operand, strlen(operand), book_files[j]))
                return liq_fail(err, LIQ_BAD_INPUT, 0,
                                "--%s \"%.160s\" would overwrite \"%.160s%s\", which is read", name,
                                path, operand, book_files[j]);
    }
    for (uint32_t i = 0; i < options->option_count; i++)
        if (i != target && is_read_by(&options->options[i], &facts))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.160s\" is the file of --%s as well",
                            name, path, options->options[i].spec->name);
    return LIQ_OK;
}

/* A file stands alone (--path FILE), before the last '=' (--factor FILE=RANGE) or behind the first
 * (--variant NAME=FILE). */
static bool is_read_by(const liq_option *option, const struct stat *target)
{
    const char *first = option->value == NULL ? NULL : strchr(option->value, '=');
    const char *last = option->value == NULL ? NULL : strrchr(option->value, '=');

    if (option->value == NULL)
        return false;
    if (first == NULL)
        return is_same_file(target, option->value, strlen(option->value), "");
    return is_same_file(target, first + 1, strlen(first + 1), "") ||
           is_same_file(target, option->value, (size_t)(last - option->value), "");
}

static bool is_same_file(const struct stat *target, const char *path, size_t path_bytes,
                         const char *ending)
{
    char full[INPUT_PATH_BYTES];
    struct stat facts;

    if (path_bytes + strlen(ending) >= sizeof full)
        return false;
    (void)snprintf(full, sizeof full, "%.*s%s", (int)path_bytes, path, ending);
    return stat(full, &facts) == 0 && facts.st_dev == target->st_dev &&
           facts.st_ino == target->st_ino;
}
