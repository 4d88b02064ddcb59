/*
 * The texts of --help, laid out for 80 columns.
 */
#include "app/command.h"

#include <stdio.h>
#include <string.h>

enum { HELP_INDENT = 28 };

static void commands_write(liq_output *output, const liq_command *const *commands,
                           uint32_t command_count);
static void spec_write(liq_output *output, const liq_option_spec *spec);
static void exit_codes_write(liq_output *output);

void liq_help_command(liq_output *output, const liq_command *command)
{
    liq_output_format(output, "usage: liqscan %s%s%s [OPTION]...\n\n%s.\n\n", command->name,
                      command->operands[0] == '\0' ? "" : " ", command->operands, command->about);
    liq_output_string(output, command->text);
    liq_output_string(output, "\nOptions:\n");
    for (uint32_t i = 0; i < command->spec_count; i++)
        spec_write(output, &command->specs[i]);
    liq_output_string(output, "\nExamples:\n");
    liq_output_string(output, command->examples);
    exit_codes_write(output);
}

void liq_help_program(liq_output *output, const liq_command *const *commands,
                      uint32_t command_count)
{
    liq_output_string(
        output, "usage: liqscan COMMAND [OPERAND]... [OPTION]...\n\n"
                "Value every margin account of a book on an OpenCL device, exactly, and show\n"
                "which of them must be liquidated, and why.\n\nCommands:\n");
    commands_write(output, commands, command_count);
    liq_output_string(output,
                      "  help            COMMAND         Show the help of a command\n"
                      "\nOptions:\n"
                      "  --help        show this help, or that of a command\n"
                      "  --version     show the version\n"
                      "\nA book is a directory with venue.json, accounts.csv, balances.csv,\n"
                      "positions.csv and marks.csv, or a snapshot of one. Results go to standard\n"
                      "output, messages and progress to standard error.\n");
    exit_codes_write(output);
}

void liq_help_group(liq_output *output, const char *word, const liq_command *const *commands,
                    uint32_t command_count)
{
    liq_output_format(output, "usage: liqscan %s COMMAND [OPERAND]... [OPTION]...\n\nCommands:\n",
                      word);
    commands_write(output, commands, command_count);
    liq_output_format(output, "\n\"liqscan %s --help\" tells all about one of them.\n",
                      commands[0]->name);
    exit_codes_write(output);
}

static void commands_write(liq_output *output, const liq_command *const *commands,
                           uint32_t command_count)
{
    for (uint32_t i = 0; i < command_count; i++)
        liq_output_format(output, "  %-16s%-16s%s\n", commands[i]->name, commands[i]->operands,
                          commands[i]->about);
}

static void spec_write(liq_output *output, const liq_option_spec *spec)
{
    char head[128];
    const char *line = spec->help;
    size_t bytes = strcspn(line, "\n");
    int head_bytes;

    head_bytes = snprintf(head, sizeof head, "  --%s%s%s", spec->name,
                          spec->value == NULL ? "" : " ", spec->value == NULL ? "" : spec->value);
    if (head_bytes >= HELP_INDENT) { /* a line of its own */
        liq_output_format(output, "%s\n", head);
        head[0] = '\0';
    }
    liq_output_format(output, "%-*s%.*s\n", HELP_INDENT, head, (int)bytes, line);
    for (line += bytes; *line == '\n'; line += bytes) {
        line++;
        bytes = strcspn(line, "\n");
        liq_output_format(output, "%*s%.*s\n", HELP_INDENT, "", (int)bytes, line);
    }
}

static void exit_codes_write(liq_output *output)
{
    liq_output_string(
        output, "\nExit codes: 0 done; 1 there is something to act on, where the command asks\n"
                "(--check of scan and policy diff, journal verify); 2 wrong usage or bad input;\n"
                "3 a device or the system failed; 130 and 143 stopped by SIGINT or SIGTERM; 141\n"
                "the reader went away.\n");
}
