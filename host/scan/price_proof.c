#include "scan/price_proof.h"

static bool stretch_safe(const liq_price_proof *proof, liq_safety_line line,
                         const liq_verdict *near, const liq_verdict *far);
static bool stretch_flagged(const liq_price_proof *proof, liq_safety_line line,
                            const liq_verdict *near, const liq_verdict *far);
static liq_safety_line line_crossed(const liq_price_proof *proof, const liq_verdict *point);
static liq_int128 height_of(liq_safety_line line, const liq_verdict *point);
static liq_int128 slack_of(const liq_price_proof *proof, liq_safety_line line);
static int64_t toward(const liq_verdict *near, const liq_verdict *far, double share);
static int64_t least(int64_t left, int64_t right);
static int64_t largest(int64_t left, int64_t right);

bool liq_price_settled(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const liq_price_proof *proof = context;

    if (near->safety == LIQ_SAFETY_UNVALUED)
        return true;
    for (uint32_t i = 0; i < proof->lines.count; i++) {
        const liq_safety_line line = proof->lines.lines[i];

        if (near->safety == LIQ_SAFETY_SAFE && !stretch_safe(proof, line, near, far))
            return false;
        if (near->safety == LIQ_SAFETY_FLAGGED && stretch_flagged(proof, line, near, far))
            return true;
    }
    return near->safety == LIQ_SAFETY_SAFE;
}

/* It decides nothing, so it may reckon in doubles. */
int64_t liq_price_guess(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const liq_price_proof *proof = context;
    liq_safety_line line;
    double slack;
    double from;
    double to;

    if (near->safety == far->safety || far->safety == LIQ_SAFETY_UNVALUED)
        return toward(near, far, 0.5);
    line = line_crossed(proof, near->safety == LIQ_SAFETY_FLAGGED ? near : far);
    slack = 1.5 * (double)slack_of(proof, line);
    from = (double)height_of(line, near);
    to = (double)height_of(line, far);
    if (near->safety == LIQ_SAFETY_FLAGGED)
        slack = -slack;
    if (slack > 0 ? from > slack : from < slack)
        return toward(near, far, (from - slack) / (from - to));
    return toward(near, far, (from + slack) / (from - to));
}

/*
 * Either the least equity carries the largest requirement, or the height is linear and at both ends
 * higher than rounding is deep: a rounded height is at most the exact one, and above it less the
 * slack.
 */
static bool stretch_safe(const liq_price_proof *proof, liq_safety_line line,
                         const liq_verdict *near, const liq_verdict *far)
{
    const liq_int128 worst = liq_safety_height(line, least(near->equity, far->equity),
                                               largest(near->maintenance, far->maintenance));
    const liq_int128 slack = slack_of(proof, line);

    if (!liq_safety_crossed(line, worst))
        return true;
    return proof->linear && near->regime == far->regime && height_of(line, near) > slack &&
           height_of(line, far) > slack;
}

/* The same from the other side. */
static bool stretch_flagged(const liq_price_proof *proof, liq_safety_line line,
                            const liq_verdict *near, const liq_verdict *far)
{
    const liq_int128 best = liq_safety_height(line, largest(near->equity, far->equity),
                                              least(near->maintenance, far->maintenance));
    const liq_int128 slack = slack_of(proof, line);

    if (liq_safety_crossed(line, best))
        return true;
    return proof->linear && near->regime == far->regime && height_of(line, near) < -slack &&
           height_of(line, far) < -slack;
}

/* The first line that a flagged point has crossed. */
static liq_safety_line line_crossed(const liq_price_proof *proof, const liq_verdict *point)
{
    uint32_t i = 0;

    while (i + 1 < proof->lines.count &&
           !liq_safety_crossed(proof->lines.lines[i], height_of(proof->lines.lines[i], point)))
        i++;
    return proof->lines.lines[i];
}

static liq_int128 height_of(liq_safety_line line, const liq_verdict *point)
{
    return liq_safety_height(line, point->equity, point->maintenance);
}

/* What all roundings of a row can take from a height: a unit of the settle asset and one of cash,
   in equity and in the requirement, and a grain here and there. */
static liq_int128 slack_of(const liq_price_proof *proof, liq_safety_line line)
{
    return (liq_int128)(line.equity_factor + line.requirement_factor) * (proof->unit_cash + 2);
}

/* The point at a share of the way; shares outside 0 .. 1 give an end. */
static int64_t toward(const liq_verdict *near, const liq_verdict *far, double share)
{
    const double way = (double)far->at - (double)near->at; /* below 2^61 */

    if (!(share > 0))
        return near->at;
    return share >= 1 ? far->at : near->at + (int64_t)(way * share);
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t largest(int64_t left, int64_t right)
{
    return left > right ? left : right;
}
