#include "policy/portfolio_policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/embedded.h"
#include "base/fail.h"
#include "base/memory.h"
#include "policy/comment.h"
#include "policy/portfolio_grid.h"

enum { FILE_BYTES = 160, LIST_BYTES = 512, UNDERLYINGS_MAX = 4096 };

/* The document being read. */
typedef struct policy_reader {
    const liq_json *json;
    liq_portfolio_policy *policy;
    liq_names *classes;
    liq_error *err;
} policy_reader;

static liq_status shipped_open(liq_json **out, const liq_json *json, const liq_json_value *value,
                               liq_error *err);
static liq_status policy_read(policy_reader *reader, const liq_json_value *root);
static liq_status factors_read(policy_reader *reader, const liq_json_value *root);
static liq_status grids_read(policy_reader *reader, const liq_json_value *root);
static liq_status class_read(policy_reader *reader, const liq_json_value *item,
                             uint32_t grid_index);
static liq_status underlyings_read(policy_reader *reader, const liq_json_value *item,
                                   uint32_t grid_index);
static liq_status underlying_add(policy_reader *reader, const liq_json_value *value,
                                 uint32_t grid_index);

liq_status liq_portfolio_policy_read(liq_portfolio_policy *out, const liq_json *json,
                                     const liq_json_value *value, liq_error *err)
{
    liq_portfolio_policy policy = {.other_grid = UINT32_MAX};
    policy_reader reader = {.json = json, .policy = &policy, .err = err};
    const liq_json_value *root = value;
    liq_json *shipped = NULL;
    liq_status status;

    if (!liq_json_is_object(value)) {
        if ((status = shipped_open(&shipped, json, value, err)) != LIQ_OK)
            return status;
        reader.json = shipped;
        root = liq_json_root(shipped);
    }
    if ((status = liq_names_create(&policy.underlyings, err)) != LIQ_OK ||
        (status = liq_names_create(&reader.classes, err)) != LIQ_OK ||
        (status = policy_read(&reader, root)) != LIQ_OK)
        goto done;
    *out = policy;
    policy = (liq_portfolio_policy){0}; /* given away */
done:
    liq_portfolio_policy_clear(&policy);
    liq_names_destroy(reader.classes);
    liq_json_destroy(shipped);
    return status;
}

void liq_portfolio_policy_clear(liq_portfolio_policy *policy)
{
    liq_names_destroy(policy->underlyings);
    free(policy->grid_of);
    free(policy->grids);
    *policy = (liq_portfolio_policy){0};
}

const liq_portfolio_grid *liq_portfolio_grid_of(const liq_portfolio_policy *policy,
                                                const char *base)
{
    uint32_t index;

    if (policy->grid_count == 0)
        return NULL;
    if (liq_names_find(policy->underlyings, liq_text_of(base), &index))
        return &policy->grids[policy->grid_of[index]];
    return policy->other_grid == UINT32_MAX ? NULL : &policy->grids[policy->other_grid];
}

static liq_status shipped_open(liq_json **out, const liq_json *json, const liq_json_value *value,
                               liq_error *err)
{
    const liq_embedded *rule;
    char known[LIST_BYTES] = "";
    char file[FILE_BYTES];
    size_t used = 0;
    liq_text name;
    liq_status status;

    if ((status = liq_json_string(json, value, &name, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; (rule = liq_embedded_grid_at(i)) != NULL; i++) {
        if (liq_text_equal(name, rule->name)) {
            (void)snprintf(file, sizeof file, "grids/%s.json", rule->name);
            return liq_json_parse(out, file, (liq_text){rule->text, rule->bytes}, err);
        }
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                     used > 0 ? ", " : "", rule->name);
    }
    return liq_json_fail(json, value, err, LIQ_NOT_FOUND,
                         "there is no such portfolio rule (known: %s)", known);
}

static liq_status policy_read(policy_reader *reader, const liq_json_value *root)
{
    static const char *const keys[] = {"comment",        "source", "maintenance_factor",
                                       "initial_factor", "grids",  NULL};
    const liq_json_value *source = liq_json_member(root, "source");
    liq_status status;

    if ((status = liq_comment_object(reader->json, root, keys, reader->err)) != LIQ_OK ||
        (source != NULL &&
         (status = liq_comment_text(reader->json, source, reader->err)) != LIQ_OK) ||
        (status = factors_read(reader, root)) != LIQ_OK)
        return status;
    return grids_read(reader, root);
}

/* Zero would be a venue without margin. */
static liq_status factors_read(policy_reader *reader, const liq_json_value *root)
{
    const struct {
        const char *key;
        uint64_t *out;
    } factors[] = {{"maintenance_factor", &reader->policy->maintenance_ppm},
                   {"initial_factor", &reader->policy->initial_ppm}};

    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        const liq_millionths_range range = {1, LIQ_MILLIONTHS_FACTOR_MAX, "0.000001 .. 1000"};
        const liq_json_value *value;
        int64_t ppm = 0;
        liq_status status;

        if ((status = liq_json_need(reader->json, root, factors[i].key, &value, reader->err)) !=
                LIQ_OK ||
            (status = liq_millionths_read(&ppm, reader->json, value, range, reader->err)) != LIQ_OK)
            return status;
        *factors[i].out = (uint64_t)ppm;
    }
    return LIQ_OK;
}

static liq_status grids_read(policy_reader *reader, const liq_json_value *root)
{
    liq_portfolio_policy *policy = reader->policy;
    const liq_json_value *items;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_json_need(reader->json, root, "grids", &items, reader->err)) != LIQ_OK ||
        (status = liq_json_array(reader->json, items, LIQ_PORTFOLIO_GRIDS_MAX, &count,
                                 reader->err)) != LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(reader->json, items, reader->err, LIQ_BAD_INPUT,
                             "needs at least one grid");
    status = liq_memory_array(&policy->grids, count, sizeof *policy->grids, reader->err);
    for (const liq_json_value *item = liq_json_first(items); item != NULL && status == LIQ_OK;
         item = liq_json_next(item)) {
        const uint32_t index = policy->grid_count++;

        if ((status = liq_portfolio_grid_read(&policy->grids[index], reader->json, item,
                                              reader->err)) != LIQ_OK ||
            (status = class_read(reader, item, index)) != LIQ_OK)
            return status;
        status = underlyings_read(reader, item, index);
    }
    return status;
}

/* Classes are numbered as they are met; a grid that names none is alone. */
static liq_status class_read(policy_reader *reader, const liq_json_value *item, uint32_t grid_index)
{
    liq_portfolio_grid *grids = reader->policy->grids;
    const liq_json_value *value = liq_json_member(item, "class");
    const uint32_t known = liq_names_count(reader->classes);
    liq_portfolio_grid *grid = &grids[grid_index];
    liq_text name;
    liq_status status;

    grid->class_index = UINT32_MAX;
    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_json_string(reader->json, value, &name, reader->err)) != LIQ_OK)
        return status;
    if (!liq_names_valid(name))
        return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                             "a name has 1 to %d bytes, no control bytes and no space at its ends",
                             LIQ_NAME_BYTES_MAX);
    status = liq_names_add(reader->classes, name, &grid->class_index, reader->err);
    if (status != LIQ_OK && status != LIQ_DUPLICATE)
        return status;
    grid->is_shared = true;
    reader->policy->class_count = liq_names_count(reader->classes);
    for (uint32_t i = 0; grid->class_index < known && i < grid_index; i++)
        if (grids[i].class_index == grid->class_index &&
            grids[i].scenario_count != grid->scenario_count)
            return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                                 "a grid of this class has %u scenarios, this one %u",
                                 grids[i].scenario_count, grid->scenario_count);
    return LIQ_OK;
}

static liq_status underlyings_read(policy_reader *reader, const liq_json_value *item,
                                   uint32_t grid_index)
{
    const liq_json_value *items;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_json_need(reader->json, item, "underlyings", &items, reader->err)) !=
            LIQ_OK ||
        (status = liq_json_array(reader->json, items, UNDERLYINGS_MAX, &count, reader->err)) !=
            LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(reader->json, items, reader->err, LIQ_BAD_INPUT,
                             "needs at least one underlying");
    for (const liq_json_value *name = liq_json_first(items); name != NULL && status == LIQ_OK;
         name = liq_json_next(name))
        status = underlying_add(reader, name, grid_index);
    return status;
}

/* "*" stands for all underlyings that no grid names. */
static liq_status underlying_add(policy_reader *reader, const liq_json_value *value,
                                 uint32_t grid_index)
{
    liq_portfolio_policy *policy = reader->policy;
    bool is_new = policy->other_grid == UINT32_MAX;
    uint32_t index = 0;
    liq_text name;
    liq_status status;

    if ((status = liq_json_string(reader->json, value, &name, reader->err)) != LIQ_OK)
        return status;
    if (liq_text_equal(name, "*")) {
        policy->other_grid = grid_index;
    } else {
        if (!liq_names_valid(name))
            return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                                 "is not the name of an underlying");
        status = liq_names_add(policy->underlyings, name, &index, reader->err);
        is_new = status != LIQ_DUPLICATE;
        if (status != LIQ_OK && is_new)
            return status;
        if (is_new && (status = liq_memory_grow(&policy->grid_of, &policy->grid_of_capacity,
                                                (size_t)index + 1, sizeof *policy->grid_of,
                                                reader->err)) != LIQ_OK)
            return status;
        if (is_new)
            policy->grid_of[index] = grid_index;
    }
    if (is_new)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_DUPLICATE, "has a grid already");
}
