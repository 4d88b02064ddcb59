/*
 * The command line of one command: options by their long names, operands by their place. Strict:
 * no abbreviation, no option twice unless it may repeat, nothing unknown.
 */
#ifndef LIQ_APP_OPTIONS_H
#define LIQ_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

typedef struct liq_option_spec {
    const char *name;  /* without the dashes, such as "shock" */
    const char *value; /* what it takes, such as "SYM=-10%"; NULL: nothing */
    bool repeats;
    const char *help; /* one or more lines, separated by \n */
} liq_option_spec;

typedef struct liq_option {
    const liq_option_spec *spec;
    const char *value; /* NULL for one that takes none */
} liq_option;

/* What was given, in that order; strings are lent from argv. */
typedef struct liq_options {
    liq_option *options;
    const char **operands;
    uint32_t option_count;
    uint32_t operand_count;
} liq_options;

/**
 * Read arguments: `--name value`, `--name=value`, `--name` for flags, operands in between, `--`
 * before operands that begin with a dash. A lone `-` is an operand, and `-h` is `--help`.
 * @param specs          known options
 * @param arguments      argument_count of them, without program and command
 * @param operand_names  names of the operands, separated by spaces, such as "BOOK ACCOUNT": so many
 * are needed, unless --help is given; those in brackets, at the end, may be left out
 * @return LIQ_OK, LIQ_BAD_INPUT (the message names the option, and the nearest known one),
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_options_parse(liq_options *out, const liq_option_spec *specs,
                                          uint32_t spec_count, const char *const *arguments,
                                          uint32_t argument_count, const char *operand_names,
                                          liq_error *err);

/** Give back what liq_options_parse took. Takes a zeroed one. */
void liq_options_clear(liq_options *options);

/** Whether an option was given. */
bool liq_options_has(const liq_options *options, const char *name);

/** The value of an option that does not repeat, or NULL when it was not given. */
const char *liq_options_value(const liq_options *options, const char *name);

#endif
