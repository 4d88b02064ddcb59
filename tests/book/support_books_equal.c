#include "support_books_equal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "book/columns.h"

static char difference[128];

static const char *at(const char *what, uint64_t row)
{
    (void)snprintf(difference, sizeof difference, "%s: row %llu", what, (unsigned long long)row);
    return difference;
}

static bool decimals_equal(liq_decimal left, liq_decimal right)
{
    return left.digits == right.digits && left.decimals == right.decimals;
}

static const char *names_difference(const char *what, const liq_names *left, const liq_names *right)
{
    if (liq_names_count(left) != liq_names_count(right))
        return at(what, UINT64_MAX);
    for (uint32_t i = 0; i < liq_names_count(left); i++) {
        uint32_t index;

        if (strcmp(liq_names_get(left, i), liq_names_get(right, i)) != 0 ||
            !liq_names_find(right, liq_text_of(liq_names_get(left, i)), &index) || index != i)
            return at(what, i);
    }
    return NULL;
}

static const char *accounts_difference(const liq_book *left, const liq_book *right)
{
    for (uint32_t i = 0; i < left->account_count; i++)
        if (left->accounts[i].group_index != right->accounts[i].group_index ||
            left->accounts[i].mode != right->accounts[i].mode ||
            left->accounts[i].adl_exempt != right->accounts[i].adl_exempt)
            return at("accounts", i);
    for (uint32_t i = 0; i <= left->account_count; i++)
        if (left->balance_first[i] != right->balance_first[i] ||
            left->position_first[i] != right->position_first[i] ||
            left->order_first[i] != right->order_first[i])
            return at("firsts", i);
    return NULL;
}

static const char *balances_difference(const liq_book *left, const liq_book *right)
{
    for (uint64_t i = 0; i < left->balance_count; i++)
        if (left->balances[i].amount != right->balances[i].amount ||
            left->balances[i].account_index != right->balances[i].account_index ||
            left->balances[i].asset_index != right->balances[i].asset_index)
            return at("balances", i);
    return NULL;
}

static const char *positions_difference(const liq_book *left, const liq_book *right)
{
    for (uint64_t i = 0; i < left->position_count; i++) {
        const liq_position *one = &left->positions[i];
        const liq_position *two = &right->positions[i];

        if (one->quantity_lots != two->quantity_lots || one->entry_value != two->entry_value ||
            !decimals_equal(one->entry_price, two->entry_price) ||
            one->isolated_margin != two->isolated_margin ||
            one->account_index != two->account_index ||
            one->instrument_index != two->instrument_index || one->isolated != two->isolated)
            return at("positions", i);
    }
    return NULL;
}

static const char *orders_difference(const liq_book *left, const liq_book *right)
{
    for (uint64_t i = 0; i < left->order_count; i++) {
        const liq_order *one = &left->orders[i];
        const liq_order *two = &right->orders[i];

        if (one->quantity_lots != two->quantity_lots || one->limit_value != two->limit_value ||
            !decimals_equal(one->price, two->price) || one->account_index != two->account_index ||
            one->instrument_index != two->instrument_index)
            return at("orders", i);
    }
    return NULL;
}

static const char *prices_difference(const liq_book *left, const liq_book *right)
{
    for (uint32_t i = 0; i < left->venue.instrument_count; i++)
        if (!decimals_equal(left->instrument_marks[i], right->instrument_marks[i]))
            return at("marks", i);
    for (uint32_t i = 0; i < left->venue.asset_count; i++)
        if (!decimals_equal(left->asset_indices[i], right->asset_indices[i]))
            return at("indices", i);
    for (uint64_t i = 0; i < left->depth_count; i++)
        if (left->depth[i].quantity_lots != right->depth[i].quantity_lots ||
            !decimals_equal(left->depth[i].price, right->depth[i].price) ||
            left->depth[i].instrument_index != right->depth[i].instrument_index ||
            left->depth[i].is_bid != right->depth[i].is_bid)
            return at("depth", i);
    return NULL;
}

const char *books_difference(const liq_book *left, const liq_book *right)
{
    const char *found;

    if (left->account_count != right->account_count ||
        left->balance_count != right->balance_count ||
        left->position_count != right->position_count || left->order_count != right->order_count ||
        left->depth_count != right->depth_count ||
        left->venue.instrument_count != right->venue.instrument_count ||
        left->venue.asset_count != right->venue.asset_count)
        return "counts";
    if ((found = names_difference("ids", left->account_names, right->account_names)) != NULL ||
        (found = names_difference("groups", left->group_names, right->group_names)) != NULL ||
        (found = names_difference("instruments", left->venue.instrument_names,
                                  right->venue.instrument_names)) != NULL ||
        (found = accounts_difference(left, right)) != NULL ||
        (found = balances_difference(left, right)) != NULL ||
        (found = positions_difference(left, right)) != NULL ||
        (found = orders_difference(left, right)) != NULL)
        return found;
    return prices_difference(left, right);
}
