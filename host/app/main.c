/*
 * The program: finds the command, reads its options, runs it, and answers for what was written.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/nearest.h"
#include "app/option_targets.h"
#include "base/fail.h"
#include "base/signals.h"

static const liq_command *const commands[] = {
    &liq_command_devices,      &liq_command_scan,           &liq_command_explain,
    &liq_command_adl,          &liq_command_settle,         &liq_command_replay,
    &liq_command_import_tiers, &liq_command_generate,       &liq_command_snapshot,
    &liq_command_journal_show, &liq_command_journal_verify, &liq_command_journal_export,
    &liq_command_serve,        &liq_command_policy_diff,    &liq_command_plan,
    &liq_command_stress};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0], READER_GONE = 141 };

static void descriptors_open(void);
static int program_run(uint32_t argument_count, const char *const *arguments, liq_output *output);
static int command_run(const liq_command *command, uint32_t argument_count,
                       const char *const *arguments, liq_output *output);
static int help_run(uint32_t argument_count, const char *const *arguments, liq_output *output);
static const liq_command *command_find(uint32_t argument_count, const char *const *arguments,
                                       uint32_t *used);
static int command_unknown(const char *word);
static int word_unknown(const char *word);
static uint32_t group_find(const liq_command **out, const char *word);
static int group_run(const char *word, bool is_help, liq_output *output);
static int output_close(liq_output *output, int code);

int main(int argument_count, char **arguments)
{
    static liq_output output;
    int code;

    descriptors_open();
    liq_signals_take();
    /* For the width of characters in tables; numbers and sorting stay those of "C". */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        (void)setlocale(LC_CTYPE, "");
    liq_output_start(&output, STDOUT_FILENO);
    code = program_run(argument_count > 0 ? (uint32_t)argument_count - 1 : 0,
                       (const char *const *)arguments + 1, &output);
    return output_close(&output, code);
}

/* A program may be started with descriptors 0 to 2 closed; the first files opened would then take
 * their place and be written to. Opened for reading, they refuse that. */
static void descriptors_open(void)
{
    int descriptor;

    do
        descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor > STDERR_FILENO)
        (void)close(descriptor);
}

static int program_run(uint32_t argument_count, const char *const *arguments, liq_output *output)
{
    const liq_command *command;
    uint32_t used;
    bool is_help;

    if (argument_count == 0) {
        (void)fputs("liqscan: a command is missing\n", stderr);
        (void)fputs("try \"liqscan --help\"\n", stderr);
        return LIQ_EXIT_USAGE;
    }
    if (strcmp(arguments[0], "--version") == 0) {
        liq_output_string(output, "liqscan " LIQ_VERSION "\n");
        return LIQ_EXIT_DONE;
    }
    if (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0 ||
        strcmp(arguments[0], "help") == 0)
        return help_run(argument_count - 1, arguments + 1, output);
    is_help = argument_count > 1 && strcmp(arguments[1], "--help") == 0;
    if ((argument_count == 1 || is_help) && group_find(NULL, arguments[0]) > 1)
        return group_run(arguments[0], is_help, output);
    if ((command = command_find(argument_count, arguments, &used)) == NULL)
        return command_unknown(arguments[0]);
    return command_run(command, argument_count - used, arguments + used, output);
}

static int command_run(const liq_command *command, uint32_t argument_count,
                       const char *const *arguments, liq_output *output)
{
    liq_options options;
    liq_error err = {0};
    const liq_status status = liq_options_parse(&options, command->specs, command->spec_count,
                                                arguments, argument_count, command->operands, &err);
    int code = LIQ_EXIT_DONE;

    if (status != LIQ_OK) {
        code = liq_command_fail(command, status, &err);
        (void)fprintf(stderr, "try \"liqscan %s --help\"\n", command->name);
        return code;
    }
    if (liq_options_has(&options, "help"))
        liq_help_command(output, command);
    else if (liq_option_targets_check(&options, &err) != LIQ_OK)
        code = liq_command_fail(command, LIQ_BAD_INPUT, &err);
    else
        code = command->run(command, &options, output);
    liq_options_clear(&options);
    return code;
}

static int help_run(uint32_t argument_count, const char *const *arguments, liq_output *output)
{
    const liq_command *command;
    uint32_t used;

    if (argument_count == 0) {
        liq_help_program(output, commands, COMMAND_COUNT);
        return LIQ_EXIT_DONE;
    }
    if (argument_count == 1 && group_find(NULL, arguments[0]) > 1)
        return group_run(arguments[0], true, output);
    if ((command = command_find(argument_count, arguments, &used)) == NULL)
        return command_unknown(arguments[0]);
    liq_help_command(output, command);
    return LIQ_EXIT_DONE;
}

/* The command that the first one or two words name. */
static const liq_command *command_find(uint32_t argument_count, const char *const *arguments,
                                       uint32_t *used)
{
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i]->name;
        const char *space = strchr(name, ' ');
        const size_t bytes = space == NULL ? strlen(name) : (size_t)(space - name);

        if (strlen(arguments[0]) != bytes || memcmp(arguments[0], name, bytes) != 0)
            continue;
        *used = space == NULL || argument_count < 2 || arguments[1][0] == '-' ? 1 : 2;
        if (space == NULL || (argument_count > 1 && (strcmp(arguments[1], space + 1) == 0 ||
                                                     strcmp(arguments[1], "--help") == 0)))
            return commands[i];
    }
    return NULL;
}

/* The commands that begin with a word, such as those of a journal; NULL: count only. */
static uint32_t group_find(const liq_command **out, const char *word)
{
    const size_t bytes = strlen(word);
    uint32_t count = 0;

    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        if (strncmp(commands[i]->name, word, bytes) != 0 || commands[i]->name[bytes] != ' ')
            continue;
        if (out != NULL)
            out[count] = commands[i];
        count++;
    }
    return count;
}

/* Say which commands a first word has: as help, or to whom named none of them. */
static int group_run(const char *word, bool is_help, liq_output *output)
{
    const liq_command *group[COMMAND_COUNT];
    const uint32_t count = group_find(group, word);

    if (is_help) {
        liq_help_group(output, word, group, count);
        return LIQ_EXIT_DONE;
    }
    (void)fprintf(stderr, "liqscan: \"%s\" is the first word of", word);
    for (uint32_t i = 0; i < count; i++)
        (void)fprintf(stderr, "%s \"%s\"",
                      i == 0          ? ""
                      : i + 1 < count ? ","
                                      : " and",
                      group[i]->name);
    (void)fprintf(stderr, "\ntry \"liqscan help %s\"\n", word);
    return LIQ_EXIT_USAGE;
}

static int command_unknown(const char *word)
{
    if (group_find(NULL, word) > 1)
        return group_run(word, false, NULL);
    return word_unknown(word);
}

static int word_unknown(const char *word)
{
    const size_t bytes = strlen(word);
    const char *names[COMMAND_COUNT];
    const char *nearest;
    liq_error err;

    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    nearest = liq_nearest(word, names, COMMAND_COUNT);
    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        if (strncmp(names[i], word, bytes) == 0 && names[i][bytes] == ' ')
            nearest = names[i];
    (void)liq_fail(&err, LIQ_BAD_INPUT, 0, "unknown command \"%.64s\"%s%s%s", word,
                   nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "\"?");
    (void)fprintf(stderr, "liqscan: %s\ntry \"liqscan --help\"\n", err.message);
    return LIQ_EXIT_USAGE;
}

/* Nobody is told that a command was done when its results did not arrive. */
static int output_close(liq_output *output, int code)
{
    liq_error err;

    if (liq_output_finish(output, &err) == LIQ_OK)
        return code;
    if (code >= LIQ_EXIT_USAGE)
        return code;
    if (output->native == EPIPE)
        return READER_GONE;
    if (output->native == EINTR)
        return 128 + liq_signals_caught();
    (void)fprintf(stderr, "liqscan: %s\n", err.message);
    return LIQ_EXIT_SYSTEM;
}
