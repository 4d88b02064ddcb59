/*
 * What a book says about how its venue shows ratios and prices. Nothing here decides anything.
 */
#include <liqscan/book.h>

#include <string.h>

#include "base/fail.h"
#include "book/columns.h"

enum { PRICE_BYTES_MAX = 63, SHOWN_DECIMALS_MAX = 30 };

static bool cut_goes_up(liq_price_rounding rounding, int is_short, const char *cut);
static void text_increment(char *text);

int liq_book_ratio_is_equity_over_maintenance(const liq_book *book)
{
    return book->venue.policy.ratio == LIQ_RATIO_EQUITY_OVER_MAINTENANCE;
}

void liq_book_level_read(const liq_book *book, uint32_t level, liq_book_level *out)
{
    const liq_policy_level *from;

    LIQ_ASSERT(level < LIQ_BOOK_LEVELS);
    from = &book->venue.policy.levels[level];
    *out = (liq_book_level){from->equity_factor, from->requirement_factor, from->inclusive};
}

/* On the text itself, because a price in full may have more digits than an integer holds. */
void liq_book_show_price(const liq_book *book, char out[LIQ_PRICE_TEXT_BYTES], const char *price,
                         int32_t decimals, int is_short)
{
    const size_t bytes = strlen(price);
    const size_t whole = strcspn(price, ".");
    const size_t fraction = bytes > whole ? bytes - whole - 1 : 0;
    const size_t shown = (size_t)decimals;
    const size_t kept = fraction < shown ? fraction : shown;
    size_t used;

    LIQ_ASSERT(bytes >= 1 && bytes <= PRICE_BYTES_MAX && price[0] != '-');
    LIQ_ASSERT(decimals >= 0 && decimals <= SHOWN_DECIMALS_MAX);
    out[0] = '0'; /* room for a carry */
    memcpy(out + 1, price, whole);
    used = 1 + whole;
    if (shown > 0) {
        out[used++] = '.';
        memset(out + used, '0', shown);
        if (kept > 0)
            memcpy(out + used, price + whole + 1, kept);
        used += shown;
    }
    out[used] = '\0';
    if (fraction > shown &&
        cut_goes_up(book->venue.policy.price_rounding, is_short, price + whole + 1 + shown))
        text_increment(out);
    if (out[0] == '0')
        memmove(out, out + 1, used);
}

/* Whether digits that are cut off add one to the last digit that stays. */
static bool cut_goes_up(liq_price_rounding rounding, int is_short, const char *cut)
{
    if (rounding == LIQ_PRICE_NEAREST)
        return cut[0] >= '5';
    if (rounding == LIQ_PRICE_AGAINST_TRADER && !is_short)
        return cut[strspn(cut, "0")] != '\0';
    return false;
}

static void text_increment(char *text)
{
    for (size_t i = strlen(text); i-- > 0;) {
        if (text[i] == '.')
            continue;
        if (text[i] != '9') {
            text[i]++;
            return;
        }
        text[i] = '0';
    }
}
