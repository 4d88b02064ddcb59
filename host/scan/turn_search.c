#include "scan/turn_search.h"

#include <stddef.h>

#include "base/fail.h"

/* Every second split halves the stretch, so two for each bit and the end. */
enum { DEPTH_MAX = 136 };

/* A search under way. */
typedef struct turn_walk {
    const liq_turn_search *search;
    uint64_t budget; /* judgements left */
    bool middle;     /* whether the next split is in the middle */
} turn_walk;

static bool stretch_walk(turn_walk *walk, liq_verdict *near, int64_t end, liq_verdict *far);
static bool stretch_settled(const turn_walk *walk, const liq_verdict *near, const liq_verdict *far);
static int64_t split(turn_walk *walk, const liq_verdict *near, const liq_verdict *far);
static liq_verdict judged(turn_walk *walk, int64_t at);
static bool adjacent(int64_t left, int64_t right);

bool liq_turn_search_run(const liq_turn_search *search, const liq_kinks *kinks, liq_verdict *near,
                         int64_t end, liq_verdict *far)
{
    const bool rising = near->at < end;
    turn_walk walk = {.search = search, .budget = search->budget + 4 * (uint64_t)kinks->count};
    size_t at = liq_kinks_below(kinks, rising ? near->at + 1 : near->at);

    while (rising ? at < kinks->count && kinks->values[at] < end
                  : at > 0 && kinks->values[at - 1] > end)
        if (stretch_walk(&walk, near, kinks->values[rising ? at++ : --at], far))
            return true;
    return stretch_walk(&walk, near, end, far);
}

/*
 * Far ends of stretches that still have to be walked lie on a stack, the nearest on top. A stretch
 * is left behind when it is settled or has no inside; otherwise it is split and its nearer part
 * comes first. So the turn that is found is the first one.
 */
static bool stretch_walk(turn_walk *walk, liq_verdict *near, int64_t end, liq_verdict *far)
{
    liq_verdict ends[DEPTH_MAX];
    uint32_t depth = 0;

    if (near->at != end)
        ends[depth++] = judged(walk, end);
    while (depth > 0) {
        const liq_verdict *top = &ends[depth - 1];
        const bool inside = !adjacent(near->at, top->at);

        if (!inside && top->safety != near->safety) {
            *far = *top;
            return true;
        }
        if (!inside || stretch_settled(walk, near, top)) {
            *near = ends[--depth];
            continue;
        }
        LIQ_ASSERT(depth < DEPTH_MAX);
        ends[depth] = judged(walk, split(walk, near, top));
        depth++;
    }
    return false;
}

static bool stretch_settled(const turn_walk *walk, const liq_verdict *near, const liq_verdict *far)
{
    if (near->safety != far->safety)
        return false;
    return walk->budget == 0 || walk->search->settled(walk->search->context, near, far);
}

/* A point strictly inside; guesses and middles take turns, so that the depth stays bounded however
   bad the guesses are. */
static int64_t split(turn_walk *walk, const liq_verdict *near, const liq_verdict *far)
{
    const bool rising = near->at < far->at;
    const int64_t low = (rising ? near->at : far->at) + 1;
    const int64_t high = (rising ? far->at : near->at) - 1;
    int64_t at;

    walk->middle = !walk->middle;
    if (walk->middle && walk->search->guess != NULL) {
        at = walk->search->guess(walk->search->context, near, far);
        return at < low ? low : at > high ? high : at;
    }
    return low + (high - low) / 2;
}

static liq_verdict judged(turn_walk *walk, int64_t at)
{
    if (walk->budget > 0)
        walk->budget--;
    return walk->search->judge(walk->search->context, at);
}

static bool adjacent(int64_t left, int64_t right)
{
    return left - right == 1 || right - left == 1;
}
