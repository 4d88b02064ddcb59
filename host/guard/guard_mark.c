/*
 * Marks that are made of other prices, on their way through the guards.
 */
#include "base/fail.h"
#include "guard/guard_internal.h"

static bool index_fill(const liq_guard *guard, uint32_t slot, liq_mark_inputs *inputs);

liq_guard_verdict liq_guard_make(liq_guard *guard, uint32_t slot, int64_t time_ms,
                                 const liq_mark_inputs *inputs, liq_decimal *used,
                                 const char **lacks)
{
    const int64_t seen_ms = guard->slots[slot].time_ms;
    liq_mark_inputs of = *inputs;
    liq_decimal traded;
    liq_basis basis;
    liq_guard_verdict verdict;

    LIQ_ASSERT(slot < guard->instrument_count && guard->bases != NULL && time_ms >= 0);
    *lacks = NULL;
    if (of.bad_name != NULL || !index_fill(guard, slot, &of)) {
        /* What is late says nothing, not even that it lacks something. */
        if (time_ms >= seen_ms)
            *lacks = of.bad_name == NULL ? "index price" : of.bad_name;
        return liq_guard_mark(guard, slot, time_ms, of.bad, used);
    }
    basis = guard->bases[slot];
    traded = liq_mark_traded(&of);
    if (traded.digits > 0)
        liq_basis_note(&basis, time_ms, traded, of.index, guard->rules.mark_window_ms);
    verdict = liq_guard_mark(guard, slot, time_ms,
                             guard->rules.mark == LIQ_MARK_BINANCE
                                 ? liq_mark_by_funding(&of, &basis, time_ms)
                                 : liq_mark_by_oracle(&of, &basis),
                             used);
    if (verdict == LIQ_GUARD_USE)
        guard->bases[slot] = basis; /* what is in doubt moves no average */
    return verdict;
}

/* An index price that is not sent along is the one that is known, of all its sources. */
static bool index_fill(const liq_guard *guard, uint32_t slot, liq_mark_inputs *inputs)
{
    return inputs->index.digits > 0 ||
           liq_guard_index_known(guard, &guard->slots[slot], &inputs->index);
}
