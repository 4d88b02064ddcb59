#include "policy/adl_policy.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

enum { LIST_BYTES = 128 };

/* A word's place is the number of its enumeration. */
typedef struct word_list {
    const char *what;
    const char *const *words;
    int count;
} word_list;

static liq_status word_find(int *out, const word_list *list, const char *name, liq_error *err);

static const char *const policy_words[LIQ_ADL_POLICIES] = {
    "queue", "pro_rata", "capped_pro_rata", "risk_aware", "min_leverage", "random_walk"};
static const char *const base_words[LIQ_ADL_BASES] = {"equity", "profit"};
static const char *const weight_words[LIQ_ADL_WEIGHTS] = {"leverage", "margin_ratio"};

static const word_list policies = {"policy", policy_words, LIQ_ADL_POLICIES};
static const word_list bases = {"base", base_words, LIQ_ADL_BASES};
static const word_list weights = {"weight", weight_words, LIQ_ADL_WEIGHTS};

const char *liq_adl_policy_name(liq_adl_policy policy)
{
    LIQ_ASSERT((int)policy < (int)LIQ_ADL_POLICIES);
    return policy_words[policy];
}

const char *liq_adl_base_name(liq_adl_base base)
{
    LIQ_ASSERT((int)base < (int)LIQ_ADL_BASES);
    return base_words[base];
}

const char *liq_adl_weight_name(liq_adl_weight weight)
{
    LIQ_ASSERT((int)weight < (int)LIQ_ADL_WEIGHTS);
    return weight_words[weight];
}

liq_status liq_adl_policy_find(liq_adl_policy *out, const char *name, liq_error *err)
{
    int index = 0;
    const liq_status status = word_find(&index, &policies, name, err);

    if (status == LIQ_OK)
        *out = (liq_adl_policy)index;
    return status;
}

liq_status liq_adl_base_find(liq_adl_base *out, const char *name, liq_error *err)
{
    int index = 0;
    const liq_status status = word_find(&index, &bases, name, err);

    if (status == LIQ_OK)
        *out = (liq_adl_base)index;
    return status;
}

liq_status liq_adl_weight_find(liq_adl_weight *out, const char *name, liq_error *err)
{
    int index = 0;
    const liq_status status = word_find(&index, &weights, name, err);

    if (status == LIQ_OK)
        *out = (liq_adl_weight)index;
    return status;
}

static liq_status word_find(int *out, const word_list *list, const char *name, liq_error *err)
{
    char known[LIST_BYTES] = "";
    size_t used = 0;

    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], name) == 0) {
            *out = i;
            return LIQ_OK;
        }
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 list->words[i]);
    }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "%s \"%.64s\" is not one of %s", list->what, name,
                    known);
}
