/*
 * The written state of a guard, field by field: what no guard writes is refused, and all that is
 * known has a part in the digest.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "guard/guard_internal.h"
#include "support_guarded.h"

/* Every field of a state that cannot be what a guard wrote. */
static void slot_spoil(liq_guard *guard, int which)
{
    liq_guard_slot *slot = &guard->slots[BTC_MARK];

    switch (which) {
    case 0:
        slot->good.digits = -1;
        break;
    case 1:
        slot->used.digits = -1;
        break;
    case 2:
        slot->doubt.digits = -1;
        break;
    case 3:
        slot->since_ms = -1;
        break;
    case 4:
        slot->bad_ms = -1;
        break;
    case 5:
        slot->late_ms = -1;
        break;
    case 6:
        slot->heard_ms = -1;
        break;
    case 7:
        slot->time_ms = -1;
        break;
    case 8:
        slot->open = 1 << LIQ_GUARD_KINDS;
        break;
    case 9:
        guard->firings[0].kind = LIQ_GUARD_KINDS;
        break;
    case 10:
        guard->firings[0].source = LIQ_INDEX_SOURCES_MAX;
        break;
    case 11:
        guard->bases[ETH_MARK].time_ms = -1;
        break;
    case 12:
        guard->bases[ETH_MARK].average = ((liq_int128)1 << 100) + 1;
        break;
    case 13:
        guard->indices[BTC_INDEX]->sources[0].heard_ms = -1;
        break;
    case 14:
        guard->indices[BTC_INDEX]->sources[0].price = (liq_decimal){-1, 0};
        break;
    case 15:
        guard->now_ms = -1;
        break;
    }
}

/* A guard that has something of everything. */
static void guard_fill(guarded *self)
{
    static const liq_guards rules = {.step = 10000,
                                     .confirm_marks = 3,
                                     .index_outlier = 50000,
                                     .mark = LIQ_MARK_HYPERLIQUID,
                                     .mark_window_ms = 1000};
    const liq_mark_inputs inputs = {.index = price("10"), .last = price("11")};
    const char *lacks;
    liq_decimal used;

    guard_make(self, &rules);
    liq_guard_start(self->guard, BTC_MARK, price("100"));
    cr_assert_eq(liq_guard_mark(self->guard, BTC_MARK, 5, price("150"), &used), LIQ_GUARD_KEEP);
    cr_assert_eq(liq_guard_make(self->guard, ETH_MARK, 5, &inputs, &used, &lacks), LIQ_GUARD_USE);
    cr_assert_eq(liq_guard_index(self->guard, BTC_INDEX, 0, 5, price("100"), &used), LIQ_GUARD_USE);
}

static liq_status guard_pass(const guarded *from, guarded *to)
{
    const liq_guards rules = from->guard->rules;
    liq_bytes_out out = {0};
    liq_bytes_in in;
    liq_status status;

    guard_make(to, &rules);
    liq_guard_state_write(from->guard, &out);
    in = (liq_bytes_in){.data = out.data, .bytes = out.count};
    status = liq_guard_state_read(to->guard, &in, false, NULL);
    free(out.data);
    return status;
}

Test(guard_state, refuses_every_field_that_no_guard_writes)
{
    for (int which = -1; which <= 15; which++) {
        guarded self;
        guarded next;

        guard_fill(&self);
        slot_spoil(self.guard, which);
        cr_expect_eq(guard_pass(&self, &next), which < 0 ? LIQ_OK : LIQ_BAD_INPUT, "field %d",
                     which);
        guard_end(&self);
        guard_end(&next);
    }
}

/* Marks that differ in nothing but one bit have different digests, and come back as they were. */
Test(guard_state, has_a_digest_for_every_flag_time_source_and_basis)
{
    enum { FLAGS = 16, OTHERS = 10 };
    uint64_t digests[FLAGS + OTHERS];

    for (int i = 0; i < FLAGS + OTHERS; i++) {
        liq_guard_slot *slot;
        guarded self;
        guarded next;

        guard_fill(&self);
        self.guard->bases[BTC_MARK] = (liq_basis){.time_ms = 1, .is_known = true};
        slot = &self.guard->slots[BTC_MARK];
        slot->in_doubt = i < FLAGS && (i & 1) != 0;
        slot->is_bad = i < FLAGS && (i & 2) != 0;
        slot->band_is_off = i < FLAGS && (i & 4) != 0;
        slot->is_heard_late = i < FLAGS && (i & 8) != 0;
        slot->time_ms += i == FLAGS;
        slot->heard_ms += i == FLAGS + 1;
        slot->since_ms += i == FLAGS + 2;
        slot->bad_ms += i == FLAGS + 3;
        slot->late_ms += i == FLAGS + 4;
        slot->agreed += i == FLAGS + 5;
        self.guard->bases[BTC_MARK].average += i == FLAGS + 6;
        self.guard->bases[BTC_MARK].time_ms += i == FLAGS + 7;
        self.guard->indices[BTC_INDEX]->sources[0].heard_ms += i == FLAGS + 8;
        self.guard->indices[BTC_INDEX]->sources[0].price.digits += i == FLAGS + 9;
        digests[i] = liq_guard_digest(self.guard);
        for (int k = 0; k < i; k++)
            cr_expect_neq(digests[i], digests[k], "%d and %d", i, k);
        cr_assert_eq(guard_pass(&self, &next), LIQ_OK);
        cr_expect_eq(liq_guard_digest(next.guard), digests[i], "%d", i);
        guard_end(&self);
        guard_end(&next);
    }
}
