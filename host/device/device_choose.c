/*
 * Which device a user means. Plain facts in, an index out: no OpenCL here.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "device/device.h"

/* In order of preference. */
static const char *const type_names[] = {"gpu", "accelerator", "cpu", "other"};

enum { TYPE_COUNT = sizeof type_names / sizeof type_names[0], LISTING_BYTES = 360 };

static unsigned type_rank(const char *type);
static bool is_better(const liq_device_info *left, const liq_device_info *right);
static liq_status choose_best(const liq_device_info *list, uint32_t count, const char *type,
                              uint32_t *index_out, char *reason, liq_error *err);
static void reason_best(const liq_device_info *list, uint32_t count, const liq_device_info *best,
                        char *reason);
static bool parse_index(const char *selector, uint32_t count, uint32_t *place);
static liq_status choose_index(const liq_device_info *list, uint32_t count, uint32_t place,
                               uint32_t *index_out, char *reason, liq_error *err);
static liq_status choose_part(const liq_device_info *list, uint32_t count, const char *selector,
                              uint32_t *index_out, char *reason, liq_error *err);
static bool matches(const liq_device_info *info, const char *selector, bool whole);
static void listing(char out[LISTING_BYTES], const liq_device_info *list, uint32_t count,
                    const char *selector);

liq_status liq_device_choose(const liq_device_info *list, uint32_t count, const char *selector,
                             uint32_t *index_out, char *reason, liq_error *err)
{
    uint32_t place;

    LIQ_ASSERT(reason != NULL);
    if (count == 0)
        return liq_fail(err, LIQ_NO_DEVICE, 0,
                        "the OpenCL platforms that are installed report no device");
    if (selector == NULL || selector[0] == '\0')
        return choose_best(list, count, NULL, index_out, reason, err);
    if (type_rank(selector) < TYPE_COUNT - 1)
        return choose_best(list, count, type_names[type_rank(selector)], index_out, reason, err);
    if (parse_index(selector, count, &place))
        return choose_index(list, count, place, index_out, reason, err);
    return choose_part(list, count, selector, index_out, reason, err);
}

/* Place of a type in the order of preference; past the end for anything else. */
static unsigned type_rank(const char *type)
{
    unsigned rank = 0;

    while (rank < TYPE_COUNT && strcasecmp(type, type_names[rank]) != 0)
        rank++;
    return rank;
}

static bool is_better(const liq_device_info *left, const liq_device_info *right)
{
    const unsigned left_rank = type_rank(left->type);
    const unsigned right_rank = type_rank(right->type);

    if (left_rank != right_rank)
        return left_rank < right_rank;
    if (left->compute_units != right->compute_units)
        return left->compute_units > right->compute_units;
    return left->index < right->index;
}

/* The best usable device, of one type unless type is NULL. */
static liq_status choose_best(const liq_device_info *list, uint32_t count, const char *type,
                              uint32_t *index_out, char *reason, liq_error *err)
{
    const liq_device_info *best = NULL;
    char there_are[LISTING_BYTES];

    for (uint32_t i = 0; i < count; i++) {
        if (!list[i].usable || (type != NULL && strcmp(list[i].type, type) != 0))
            continue;
        if (best == NULL || is_better(&list[i], best))
            best = &list[i];
    }
    if (best == NULL) {
        listing(there_are, list, count, NULL);
        return liq_fail(err, LIQ_NO_DEVICE, 0, "no usable %s among %s",
                        type != NULL ? type : "device", there_are);
    }
    *index_out = best->index;
    reason_best(list, count, best, reason);
    return LIQ_OK;
}

static void reason_best(const liq_device_info *list, uint32_t count, const liq_device_info *best,
                        char *reason)
{
    uint32_t type_count = 0;
    uint32_t equal_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!list[i].usable || strcmp(list[i].type, best->type) != 0)
            continue;
        type_count++;
        if (list[i].compute_units == best->compute_units)
            equal_count++;
    }
    if (type_count == 1)
        (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES, "only %s", best->type);
    else if (equal_count == 1)
        (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES, "most compute units (%u) of %u %s devices",
                       best->compute_units, type_count, best->type);
    else
        (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES,
                       "first of %u %s devices with the most compute units (%u)", equal_count,
                       best->type, best->compute_units);
}

/* Whether selector is a number below count; "4090" of a machine with one device is a name. */
static bool parse_index(const char *selector, uint32_t count, uint32_t *place)
{
    uint64_t value = 0;

    for (const char *at = selector; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *place = (uint32_t)value;
    return value < count;
}

static liq_status choose_index(const liq_device_info *list, uint32_t count, uint32_t place,
                               uint32_t *index_out, char *reason, liq_error *err)
{
    char there_are[LISTING_BYTES];

    if (!list[place].usable) {
        listing(there_are, list, count, NULL);
        return liq_fail(err, LIQ_NO_DEVICE, 0, "device %u is not usable; the devices are %s", place,
                        there_are);
    }
    *index_out = list[place].index;
    (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES, "asked for by index");
    return LIQ_OK;
}

/* A whole name wins over a part, else "A100" could not be told from "A100 80GB". */
static liq_status choose_part(const liq_device_info *list, uint32_t count, const char *selector,
                              uint32_t *index_out, char *reason, liq_error *err)
{
    const liq_device_info *first = NULL;
    char there_are[LISTING_BYTES];
    uint32_t match_count = 0;
    bool differ = false;

    for (unsigned pass = 0; pass < 2 && first == NULL; pass++)
        for (uint32_t i = 0; i < count; i++) {
            if (!list[i].usable || !matches(&list[i], selector, pass == 0))
                continue;
            if (first == NULL)
                first = &list[i];
            differ = differ || strcmp(first->name, list[i].name) != 0;
            match_count++;
        }
    if (first == NULL) {
        listing(there_are, list, count, NULL);
        return liq_fail(err, LIQ_NO_DEVICE, 0,
                        "no usable device fits \"%.60s\"; the devices are %s", selector, there_are);
    }
    if (differ) {
        listing(there_are, list, count, selector);
        return liq_fail(err, LIQ_NO_DEVICE, 0, "\"%.60s\" fits %u devices: %s", selector,
                        match_count, there_are);
    }
    *index_out = first->index;
    if (match_count == 1)
        (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES, "only device that fits \"%.60s\"", selector);
    else
        (void)snprintf(reason, LIQ_DEVICE_TEXT_BYTES,
                       "first of %u equal devices that fit \"%.60s\"", match_count, selector);
    return LIQ_OK;
}

static bool matches(const liq_device_info *info, const char *selector, bool whole)
{
    if (whole)
        return strcasecmp(info->name, selector) == 0;
    return strcasestr(info->name, selector) != NULL || strcasestr(info->platform, selector) != NULL;
}

/* 0 "name" (gpu, platform), 1 ... : all, or only the usable ones that fit selector. */
static void listing(char out[LISTING_BYTES], const liq_device_info *list, uint32_t count,
                    const char *selector)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < count && used < LISTING_BYTES; i++) {
        int written;

        if (selector != NULL && (!list[i].usable || !matches(&list[i], selector, false)))
            continue;
        written = snprintf(out + used, LISTING_BYTES - used, "%s%u \"%.48s\" (%s, %.32s%s)",
                           used > 0 ? ", " : "", list[i].index, list[i].name, list[i].type,
                           list[i].platform, list[i].usable ? "" : ", not usable");
        LIQ_ASSERT(written > 0);
        used += (size_t)written;
    }
    if (used >= LISTING_BYTES)
        memcpy(out + LISTING_BYTES - 4, "...", 4);
}
