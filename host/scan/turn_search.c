#include "scan/turn_search.h"

#include <stddef.h>

#include "base/fail.h"

/* Every second split halves the stretch, so two for each bit and the end. */
enum { DEPTH_MAX = 136 };

static bool stretch_settled(const liq_turn_search *search, const liq_verdict *near,
                            const liq_verdict *far);
static int64_t split(const liq_turn_search *search, const liq_verdict *near, const liq_verdict *far,
                     bool middle);
static liq_verdict judged(const liq_turn_search *search, int64_t at);
static bool adjacent(int64_t left, int64_t right);

/*
 * Far ends of stretches that still have to be walked lie on a stack, the nearest on top. A stretch
 * is left behind when it is settled or has no inside; otherwise it is split and its nearer part
 * comes first. So the turn that is found is the first one.
 */
bool liq_turn_search_run(const liq_turn_search *search, liq_verdict *near, int64_t end,
                         liq_verdict *far)
{
    liq_verdict ends[DEPTH_MAX];
    uint32_t depth = 0;
    bool middle = false;

    if (near->at != end)
        ends[depth++] = judged(search, end);
    while (depth > 0) {
        const liq_verdict *top = &ends[depth - 1];

        if (adjacent(near->at, top->at) && top->safety != near->safety) {
            *far = *top;
            return true;
        }
        if (adjacent(near->at, top->at) || stretch_settled(search, near, top)) {
            *near = ends[--depth];
            continue;
        }
        LIQ_ASSERT(depth < DEPTH_MAX);
        ends[depth] = judged(search, split(search, near, top, middle));
        depth++;
        middle = !middle;
    }
    return false;
}

static bool stretch_settled(const liq_turn_search *search, const liq_verdict *near,
                            const liq_verdict *far)
{
    if (near->safety != far->safety)
        return false;
    return *search->budget == 0 || search->settled(search->context, near, far);
}

/* A point strictly inside; guesses and middles take turns, so that the depth stays bounded however
   bad the guesses are. */
static int64_t split(const liq_turn_search *search, const liq_verdict *near, const liq_verdict *far,
                     bool middle)
{
    const bool rising = near->at < far->at;
    const int64_t low = (rising ? near->at : far->at) + 1;
    const int64_t high = (rising ? far->at : near->at) - 1;
    int64_t at;

    if (middle || search->guess == NULL)
        return low + (high - low) / 2;
    at = search->guess(search->context, near, far);
    return at < low ? low : at > high ? high : at;
}

static liq_verdict judged(const liq_turn_search *search, int64_t at)
{
    if (*search->budget > 0)
        --*search->budget;
    return search->judge(search->context, at);
}

static bool adjacent(int64_t left, int64_t right)
{
    return left - right == 1 || right - left == 1;
}
