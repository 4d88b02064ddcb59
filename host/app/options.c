#include "app/options.h"

#include <stdlib.h>
#include <string.h>

#include "app/nearest.h"
#include "base/fail.h"
#include "base/memory.h"

enum { SPECS_MAX = 48 };

typedef struct option_parser {
    liq_options *out;
    const liq_option_spec *specs;
    uint32_t spec_count;
    const char *const *arguments;
    uint32_t argument_count;
    uint32_t at; /* the argument that is read */
    liq_error *err;
} option_parser;

static liq_status option_read(option_parser *parser);
static liq_status option_value(option_parser *parser, const liq_option_spec *spec,
                               const char *attached, const char **out);
static bool is_option(const char *argument);
static const liq_option_spec *spec_find(const option_parser *parser, const char *name,
                                        size_t bytes);
static liq_status option_unknown(const option_parser *parser, const char *name, size_t bytes);
static liq_status operands_check(const liq_options *options, const char *names, liq_error *err);

liq_status liq_options_parse(liq_options *out, const liq_option_spec *specs, uint32_t spec_count,
                             const char *const *arguments, uint32_t argument_count,
                             const char *operand_names, liq_error *err)
{
    liq_options options = {0};
    option_parser parser = {&options, specs, spec_count, arguments, argument_count, 0, err};
    liq_status status;

    LIQ_ASSERT(spec_count < SPECS_MAX);
    if ((status = liq_memory_array(&options.options, argument_count, sizeof *options.options,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&options.operands, argument_count, sizeof *options.operands,
                                   err)) != LIQ_OK)
        goto done;
    for (; parser.at < argument_count; parser.at++) {
        const char *argument = arguments[parser.at];

        if (strcmp(argument, "--") == 0)
            break;
        if (argument[0] != '-' || argument[1] == '\0')
            options.operands[options.operand_count++] = argument;
        else if ((status = option_read(&parser)) != LIQ_OK)
            goto done;
    }
    while (++parser.at < argument_count)
        options.operands[options.operand_count++] = arguments[parser.at];
    if (!liq_options_has(&options, "help") &&
        (status = operands_check(&options, operand_names, err)) != LIQ_OK)
        goto done;
    *out = options;
    options = (liq_options){0};
done:
    liq_options_clear(&options);
    return status;
}

void liq_options_clear(liq_options *options)
{
    free(options->options);
    free(options->operands);
    *options = (liq_options){0};
}

bool liq_options_has(const liq_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->option_count; i++)
        if (strcmp(options->options[i].spec->name, name) == 0)
            return true;
    return false;
}

const char *liq_options_value(const liq_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->option_count; i++)
        if (strcmp(options->options[i].spec->name, name) == 0)
            return options->options[i].value;
    return NULL;
}

static liq_status option_read(option_parser *parser)
{
    liq_options *out = parser->out;
    const char *argument = parser->arguments[parser->at];
    const char *name = strcmp(argument, "-h") == 0 ? "--help" : argument;
    const char *equals = strchr(name, '=');
    const size_t bytes = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const liq_option_spec *spec;
    liq_status status;

    if (strncmp(name, "--", 2) != 0)
        return liq_fail(parser->err, LIQ_BAD_INPUT, 0,
                        "unknown option \"%s\": options have long names and two dashes", argument);
    if ((spec = spec_find(parser, name + 2, bytes - 2)) == NULL)
        return option_unknown(parser, name, bytes);
    if (!spec->repeats && liq_options_has(out, spec->name))
        return liq_fail(parser->err, LIQ_BAD_INPUT, 0, "--%s is given twice", spec->name);
    out->options[out->option_count].spec = spec;
    if ((status = option_value(parser, spec, equals, &out->options[out->option_count].value)) !=
        LIQ_OK)
        return status;
    out->option_count++;
    return LIQ_OK;
}

/* The value after '=', or else the next argument. One that looks like an option is taken for a
 * forgotten value; --name=-x says that it is meant. A number below zero does not look like one. */
static liq_status option_value(option_parser *parser, const liq_option_spec *spec,
                               const char *attached, const char **out)
{
    const char *value = attached == NULL ? NULL : attached + 1;

    if (spec->value == NULL) {
        if (attached != NULL)
            return liq_fail(parser->err, LIQ_BAD_INPUT, 0, "--%s takes no value, and has \"%s\"",
                            spec->name, value);
        *out = NULL;
        return LIQ_OK;
    }
    if (attached == NULL && parser->at + 1 < parser->argument_count &&
        !is_option(parser->arguments[parser->at + 1]))
        value = parser->arguments[++parser->at];
    if (value == NULL || *value == '\0')
        return liq_fail(parser->err, LIQ_BAD_INPUT, 0, "--%s needs a value: --%s %s", spec->name,
                        spec->name, spec->value);
    *out = value;
    return LIQ_OK;
}

static bool is_option(const char *argument)
{
    return argument[0] == '-' && (argument[1] < '0' || argument[1] > '9') && argument[1] != '.';
}

static const liq_option_spec *spec_find(const option_parser *parser, const char *name, size_t bytes)
{
    for (uint32_t i = 0; i < parser->spec_count; i++)
        if (strlen(parser->specs[i].name) == bytes &&
            memcmp(parser->specs[i].name, name, bytes) == 0)
            return &parser->specs[i];
    return NULL;
}

static liq_status option_unknown(const option_parser *parser, const char *name, size_t bytes)
{
    const int shown = bytes > 64 ? 64 : (int)bytes;
    const char *names[SPECS_MAX];
    const char *nearest;
    char word[64];

    if (bytes > 2 && bytes < sizeof word) {
        memcpy(word, name + 2, bytes - 2);
        word[bytes - 2] = '\0';
        for (uint32_t i = 0; i < parser->spec_count; i++)
            names[i] = parser->specs[i].name;
        if ((nearest = liq_nearest(word, names, parser->spec_count)) != NULL)
            return liq_fail(parser->err, LIQ_BAD_INPUT, 0,
                            "unknown option \"%.*s\"; did you mean --%s?", shown, name, nearest);
    }
    return liq_fail(parser->err, LIQ_BAD_INPUT, 0, "unknown option \"%.*s\"", shown, name);
}

/* Whether there are as many operands as names, and if not, which is missing or too much. */
static liq_status operands_check(const liq_options *options, const char *names, liq_error *err)
{
    const char *at = names;
    uint32_t needed = 0;

    while (*at != '\0') {
        const size_t bytes = strcspn(at, " ");

        if (needed == options->operand_count && *at == '[')
            break;
        if (needed == options->operand_count)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%.*s is missing", (int)bytes, at);
        if (options->operands[needed][0] == '\0')
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%.*s is empty", (int)bytes, at);
        needed++;
        at += bytes;
        at += strspn(at, " ");
    }
    if (options->operand_count > needed)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "\"%.64s\" is one argument too many",
                        options->operands[needed]);
    return LIQ_OK;
}
