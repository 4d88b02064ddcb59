/*
 * A command of the program, and what all of them share.
 */
#ifndef LIQ_APP_COMMAND_H
#define LIQ_APP_COMMAND_H

#include <stdint.h>

#include <liqscan/status.h>

#include "app/options.h"
#include "outlet/emit.h"
#include "outlet/output.h"

enum { LIQ_EXIT_DONE = 0, LIQ_EXIT_FOUND = 1, LIQ_EXIT_USAGE = 2, LIQ_EXIT_SYSTEM = 3 };

typedef struct liq_command {
    const char *name;     /* one or two words, such as "import tiers" */
    const char *operands; /* "BOOK ACCOUNT" */
    const char *about;    /* one line */
    const char *text;     /* paragraphs of the help, lines end in \n */
    const char *examples; /* lines end in \n */
    const liq_option_spec *specs;
    uint32_t spec_count;
    /**
     * Do it. Errors are written to standard error by liq_command_fail.
     * @param output  standard output; the caller finishes it
     * @return the exit code
     */
    int (*run)(const struct liq_command *command, const liq_options *options, liq_output *output);
} liq_command;

extern const liq_command liq_command_devices;
extern const liq_command liq_command_scan;
extern const liq_command liq_command_snapshot;
extern const liq_command liq_command_explain;
extern const liq_command liq_command_adl;
extern const liq_command liq_command_settle;
extern const liq_command liq_command_replay;
extern const liq_command liq_command_stress;
extern const liq_command liq_command_import_tiers;
extern const liq_command liq_command_generate;
extern const liq_command liq_command_serve;
extern const liq_command liq_command_journal_show;
extern const liq_command liq_command_journal_verify;
extern const liq_command liq_command_journal_export;
extern const liq_command liq_command_policy_diff;
extern const liq_command liq_command_plan;

/* Options that every command has, for the lists of the commands. */
#define LIQ_OPTION_FORMAT                                                                          \
    {                                                                                              \
        "format", "table|json|csv", false, "shape of the output; table on a terminal, else json"   \
    }
#define LIQ_OPTION_HELP                                                                            \
    {                                                                                              \
        "help", NULL, false, "show this help"                                                      \
    }

/** Write "liqscan COMMAND: message" to standard error. @return the exit code of the status */
int liq_command_fail(const liq_command *command, liq_status status, const liq_error *err);

/** The format that --format names; without it table on a terminal and JSON elsewhere. */
LIQ_MUST_USE liq_status liq_command_format(liq_format *out, const liq_options *options,
                                           liq_error *err);

/** Write usage, options, examples and exit codes of a command. */
void liq_help_command(liq_output *output, const liq_command *command);

/** Write which commands begin with a word, such as those of a journal. */
void liq_help_group(liq_output *output, const char *word, const liq_command *const *commands,
                    uint32_t command_count);

/** Write what the program is and which commands it has. */
void liq_help_program(liq_output *output, const liq_command *const *commands,
                      uint32_t command_count);

#endif
