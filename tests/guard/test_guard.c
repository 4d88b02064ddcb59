/*
 * Marks through the guards, one by one, with the numbers worked out by hand.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/nearness.h"
#include "support_guarded.h"

enum { STEPS_MAX = 16 };

static const char *text(liq_decimal value)
{
    static char out[4][LIQ_DECIMAL_BYTES];
    static int next;

    next = (next + 1) % 4;
    return liq_decimal_format(out[next], value.digits, value.decimals);
}

/* Marks of BTC go by its index price; those of ETH too where a witness is asked for. */
static void guard_join(guarded *out, const liq_guards *rules)
{
    guard_make(out, rules);
    liq_guard_index_set(out->guard, BTC_MARK, BTC_INDEX);
    if (rules->witness_ms > 0)
        liq_guard_index_set(out->guard, ETH_MARK, BTC_INDEX);
}

/* Firings since the last time, one a line. */
static void firings_take(guarded *self, char *out, size_t room)
{
    static const char *const names[] = {"stale", "step", "band", "bad", "order", "outlier"};
    const liq_guard_firing *firings;
    uint32_t count;
    size_t used = 0;

    out[0] = '\0';
    cr_assert_eq(liq_guard_firings(self->guard, &firings, &count, NULL), LIQ_OK);
    for (uint32_t i = 0; i < count && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%s%u%s %s/%s/%s", i > 0 ? ", " : "",
                                 firings[i].is_end ? "-" : "+", firings[i].slot,
                                 names[firings[i].kind], text(firings[i].observed),
                                 text(firings[i].used), text(firings[i].limit));
    liq_guard_firings_clear(self->guard);
}

/* A mark, then a tick at its time. */
typedef struct guard_step {
    int64_t time_ms;
    uint32_t slot;
    const char *mark; /* NULL: a tick alone */
    liq_guard_verdict verdict;
    const char *used; /* NULL: not looked at */
    bool holds;       /* BTC_MARK, after the tick */
    const char *firings;
} guard_step;

typedef struct guard_case {
    const char *about;
    liq_guards rules;
    const char *start; /* mark of BTC_MARK before the feed; NULL: none */
    guard_step steps[STEPS_MAX];
} guard_case;

static void step_run(guarded *self, const guard_case *of, const guard_step *step, size_t number)
{
    char firings[512];
    liq_decimal used = {0};

    if (step->mark != NULL) {
        const liq_guard_verdict verdict =
            liq_guard_mark(self->guard, step->slot, step->time_ms, price(step->mark), &used);

        cr_expect_eq(verdict, step->verdict, "%s, step %zu: verdict %d", of->about, number,
                     verdict);
        if (step->used != NULL)
            cr_expect_str_eq(text(used), step->used, "%s, step %zu: %s", of->about, number,
                             text(used));
    }
    liq_guard_tick(self->guard, step->time_ms);
    cr_expect_eq(liq_guard_holds(self->guard, BTC_MARK), step->holds, "%s, step %zu", of->about,
                 number);
    firings_take(self, firings, sizeof firings);
    cr_expect_str_eq(firings, step->firings, "%s, step %zu: %s", of->about, number, firings);
}

static const guard_case cases[] = {
    {"a spike of ten times is dropped and the feed goes on",
     {.step = 10000, .confirm_marks = 3, .confirm_ms = 30000, .calm_ms = 1000},
     "46377",
     {{0, BTC_MARK, "46411", LIQ_GUARD_USE, "46411", false, ""},
      {100, BTC_MARK, "464110", LIQ_GUARD_KEEP, "46411", true, "+0step 464110/46411/0.01"},
      {200, BTC_MARK, "46420", LIQ_GUARD_USE, "46420", true, ""},
      {1099, BTC_MARK, "46425", LIQ_GUARD_USE, "46425", true, ""},
      {1100, BTC_MARK, "46425", LIQ_GUARD_USE, "46425", false, "-0step 46425/46425/0.01"}}},
    {"a step of exactly one per cent is none too far, a tenth more is",
     {.step = 10000, .confirm_marks = 1},
     "40000",
     {{0, BTC_MARK, "39600", LIQ_GUARD_USE, "39600", false, ""},
      {1, BTC_MARK, "39203.9", LIQ_GUARD_KEEP, "39600", true, "+0step 39203.9/39600/0.01"},
      {2, BTC_MARK, "39204", LIQ_GUARD_USE, "39204", false, "-0step 39204/39204/0.01"}}},
    {"a crash is followed after three marks that agree with the first",
     {.step = 10000, .confirm_marks = 3, .confirm_ms = 0, .calm_ms = 0},
     "100",
     {{0, BTC_MARK, "80", LIQ_GUARD_KEEP, "100", true, "+0step 80/100/0.01"},
      {1, BTC_MARK, "80.5", LIQ_GUARD_KEEP, "100", true, ""},
      {2, BTC_MARK, "79.8", LIQ_GUARD_KEEP, "100", true, ""},
      {3, BTC_MARK, "79.9", LIQ_GUARD_USE, "79.9", false, "-0step 79.9/79.9/0.01"}}},
    {"a crash in steps of five per cent is followed after thirty seconds",
     {.step = 10000, .confirm_marks = 3, .confirm_ms = 30000},
     "100",
     {{0, BTC_MARK, "95", LIQ_GUARD_KEEP, "100", true, "+0step 95/100/0.01"},
      {15000, BTC_MARK, "90", LIQ_GUARD_KEEP, "100", true, ""},
      {29999, BTC_MARK, "86", LIQ_GUARD_KEEP, "100", true, ""},
      {30000, BTC_MARK, "82", LIQ_GUARD_USE, "82", false, "-0step 82/82/0.01"}}},
    {"wild prices in opposite directions confirm nothing, however long",
     {.step = 10000, .confirm_marks = 3, .confirm_ms = 30000},
     "100",
     {{0, BTC_MARK, "1000", LIQ_GUARD_KEEP, "100", true, "+0step 1000/100/0.01"},
      {40000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {80000, BTC_MARK, "1000", LIQ_GUARD_KEEP, "100", true, ""},
      {80001, BTC_MARK, "100.5", LIQ_GUARD_USE, "100.5", false, "-0step 100.5/100.5/0.01"}}},
    {"a clamp moves by a step from the last good mark, however often",
     {.step = 10000, .suspect = LIQ_SUSPECT_CLAMP, .confirm_marks = 2},
     "46377",
     {{0, BTC_MARK, "40000", LIQ_GUARD_CLAMP, "45913.23", true, "+0step 40000/45913.23/0.01"},
      {1, BTC_MARK, "50000", LIQ_GUARD_CLAMP, "46840.77", true, ""},
      {2, BTC_MARK, "46377", LIQ_GUARD_USE, "46377", false, "-0step 46377/46377/0.01"}}},
    {"a mark outside 50 basis points of its index is in doubt",
     {.band = 5000, .confirm_marks = 3, .confirm_ms = 1000},
     NULL,
     {{0, BTC_INDEX, "50000", LIQ_GUARD_USE, "50000", false, ""},
      {1, BTC_MARK, "50250", LIQ_GUARD_USE, "50250", false, ""},
      {2, BTC_MARK, "50250.1", LIQ_GUARD_KEEP, "50250", true, "+0band 50250.1/50250/0.005"},
      {3, BTC_MARK, "49750", LIQ_GUARD_USE, "49750", false, "-0band 49750/49750/0.005"}}},
    {"an index that agrees makes a jump good at once",
     {.step = 10000, .confirm_marks = 3},
     "50000",
     {{0, BTC_INDEX, "40000", LIQ_GUARD_USE, "40000", false, ""},
      {1, BTC_MARK, "40300", LIQ_GUARD_USE, "40300", false, ""}}},
    {"what was confirmed outside the band is not doubted again until it has been inside",
     {.band = 10000, .confirm_marks = 1},
     NULL,
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_MARK, "102", LIQ_GUARD_KEEP, NULL, true, "+0band 102/0/0.01"},
      {2, BTC_MARK, "102", LIQ_GUARD_USE, "102", false, "-0band 102/102/0.01"},
      {3, BTC_MARK, "102.5", LIQ_GUARD_USE, "102.5", false, ""},
      {4, BTC_MARK, "101", LIQ_GUARD_USE, "101", false, ""},
      {5, BTC_MARK, "102.5", LIQ_GUARD_KEEP, "101", true, "+0band 102.5/101/0.01"}}},
    {"an index that came before the doubt bears no witness against it",
     {.step = 10000, .confirm_marks = 2, .confirm_ms = 3000, .witness_ms = 10000},
     "100",
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, "+0step 10/100/0.01"},
      {2000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {3000, BTC_MARK, "10", LIQ_GUARD_USE, "10", false, "-0step 10/10/0.01"}}},
    {"one that has come since the doubt began keeps it from being confirmed, for a while",
     {.step = 10000, .confirm_marks = 2, .confirm_ms = 3000, .witness_ms = 10000},
     "100",
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, "+0step 10/100/0.01"},
      {2000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {2001, BTC_INDEX, "100.5", LIQ_GUARD_USE, "100.5", true, ""},
      {3000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {9000, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {10999, BTC_MARK, "10", LIQ_GUARD_KEEP, "100", true, ""},
      {11000, BTC_MARK, "10", LIQ_GUARD_USE, "10", false, "-0step 10/10/0.01"}}},
    {"another contract on the index is a witness, and of one that has gone along nobody is",
     {.step = 10000, .confirm_marks = 1, .witness_ms = 10000},
     "100",
     {{0, ETH_MARK, "101", LIQ_GUARD_USE, "101", false, ""},
      {1000, BTC_MARK, "90", LIQ_GUARD_KEEP, "100", true, "+0step 90/100/0.01"},
      {1001, ETH_MARK, "101", LIQ_GUARD_USE, "101", true, ""},
      {2000, BTC_MARK, "90", LIQ_GUARD_KEEP, "100", true, ""},
      {2001, ETH_MARK, "91", LIQ_GUARD_KEEP, "101", true, "+1step 91/101/0.01"},
      {2002, BTC_MARK, "90", LIQ_GUARD_USE, "90", false, "-0step 90/90/0.01"}}},
    {"an index in doubt judges nobody",
     {.step = 10000, .band = 10000, .confirm_marks = 3},
     "100",
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_INDEX, "1000", LIQ_GUARD_KEEP, "100", false, "+3step 1000/100/0.01"},
      {2, BTC_MARK, "100.9", LIQ_GUARD_USE, "100.9", false, ""}}},
    {"zero and less are no prices, and hold until a price comes",
     {.stale_ms = 10000, .calm_ms = 1000},
     "100",
     {{0, BTC_MARK, "0", LIQ_GUARD_REFUSE, NULL, true, "+0bad 0/100/0"},
      {1, BTC_MARK, "-5", LIQ_GUARD_REFUSE, NULL, true, ""},
      {5000, 0, NULL, 0, NULL, true, ""},
      {6000, BTC_MARK, "101", LIQ_GUARD_USE, "101", false, "-0bad 101/101/0"}}},
    {"a mark older than the one before it is refused and holds nothing",
     {.stale_ms = 10000, .calm_ms = 1000},
     "100",
     {{5000, BTC_MARK, "101", LIQ_GUARD_USE, "101", false, ""},
      {4999, BTC_MARK, "90", LIQ_GUARD_REFUSE, NULL, false, "+0order 1/101/0"},
      {4000, BTC_MARK, "90", LIQ_GUARD_REFUSE, NULL, false, ""},
      {5000, BTC_MARK, "102", LIQ_GUARD_USE, "102", false, ""},
      {6000, BTC_MARK, "103", LIQ_GUARD_USE, "103", false, "-0order 0/103/0"}}},
    {"a mark is stale past ten seconds, and one end goes with one start",
     {.stale_ms = 10000},
     "100",
     {{0, BTC_MARK, "101", LIQ_GUARD_USE, "101", false, ""},
      {10000, 0, NULL, 0, NULL, false, ""},
      {10001, 0, NULL, 0, NULL, true, "+0stale 10001/101/10000"},
      {20000, 0, NULL, 0, NULL, true, ""},
      {20001, BTC_MARK, "99", LIQ_GUARD_USE, "99", false, "-0stale 0/99/10000"}}},
    {"what no feed has spoken of does not age",
     {.stale_ms = 10000},
     "100",
     {{0, ETH_MARK, "3000", LIQ_GUARD_USE, "3000", false, ""},
      {10001, 0, NULL, 0, NULL, false, "+1stale 10001/3000/10000"}}},
    {"a doubtful mark is a sign of life: no second halt comes of it",
     {.stale_ms = 10000, .step = 10000, .confirm_marks = 9, .confirm_ms = 60000},
     "100",
     {{0, BTC_MARK, "80", LIQ_GUARD_KEEP, "100", true, "+0step 80/100/0.01"},
      {9000, BTC_MARK, "60", LIQ_GUARD_KEEP, "100", true, ""},
      {18000, BTC_MARK, "40", LIQ_GUARD_KEEP, "100", true, ""}}},
    {"what is no price holds for its calm too",
     {.calm_ms = 1000},
     "100",
     {{5000, BTC_MARK, "0", LIQ_GUARD_REFUSE, NULL, true, "+0bad 0/100/0"},
      {5100, BTC_MARK, "101", LIQ_GUARD_USE, "101", true, ""},
      {5999, 0, NULL, 0, NULL, true, ""},
      {6000, 0, NULL, 0, NULL, false, "-0bad 101/101/0"}}},
    {"marks that lie near each other go on, though nearer to the good one",
     {.step = 100000, .band = 10000, .confirm_ms = 1000},
     NULL,
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {0, BTC_MARK, "100.9", LIQ_GUARD_USE, "100.9", false, ""},
      {1, BTC_MARK, "103", LIQ_GUARD_KEEP, "100.9", true, "+0band 103/100.9/0.01"},
      {1001, BTC_MARK, "101.1", LIQ_GUARD_USE, "101.1", false, "-0band 101.1/101.1/0.01"}}},
    {"where no mark was good whatever follows goes on",
     {.band = 10000, .confirm_ms = 1000},
     NULL,
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_MARK, "300", LIQ_GUARD_KEEP, NULL, true, "+0band 300/0/0.01"},
      {1001, BTC_MARK, "120", LIQ_GUARD_USE, "120", false, "-0band 120/120/0.01"}}},
    {"without a step marks agree within the band",
     {.band = 10000, .confirm_marks = 1},
     NULL,
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_MARK, "110", LIQ_GUARD_KEEP, NULL, true, "+0band 110/0/0.01"},
      {2, BTC_MARK, "112", LIQ_GUARD_KEEP, NULL, true, ""},
      {3, BTC_MARK, "113", LIQ_GUARD_USE, "113", false, "-0band 113/113/0.01"}}},
    {"one episode, though the step is passed first and the band behind it",
     {.step = 100000, .band = 10000, .confirm_marks = 9},
     "100",
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_MARK, "150", LIQ_GUARD_KEEP, "100", true, "+0step 150/100/0.1"},
      {2, BTC_MARK, "105", LIQ_GUARD_KEEP, "100", true, ""}}},
    {"or the band first and the step behind it",
     {.step = 100000, .band = 10000, .confirm_marks = 9},
     "100",
     {{0, BTC_INDEX, "100", LIQ_GUARD_USE, "100", false, ""},
      {1, BTC_MARK, "105", LIQ_GUARD_KEEP, "100", true, "+0band 105/100/0.01"},
      {2, BTC_MARK, "150", LIQ_GUARD_KEEP, "100", true, ""}}},
    {"without guards everything above zero is good",
     {.calm_ms = 0},
     "100",
     {{0, BTC_MARK, "1000", LIQ_GUARD_USE, "1000", false, ""},
      {1, BTC_MARK, "0.000000000000001", LIQ_GUARD_USE, "0.000000000000001", false, ""},
      {99999, 0, NULL, 0, NULL, false, ""}}},
};

Test(guard, says_of_every_mark_what_is_to_be_done_with_it)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        guarded self;

        guard_join(&self, &cases[i].rules);
        if (cases[i].start != NULL)
            liq_guard_start(self.guard, BTC_MARK, price(cases[i].start));
        for (size_t step = 0; step < STEPS_MAX && cases[i].steps[step].firings != NULL; step++)
            step_run(&self, &cases[i], &cases[i].steps[step], step);
        guard_end(&self);
    }
}

/* Runs the steps of a case with the guard written and read between all of them. */
Test(guard, goes_on_out_of_its_bytes_as_if_nothing_had_happened)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        guarded self;

        guard_join(&self, &cases[i].rules);
        if (cases[i].start != NULL)
            liq_guard_start(self.guard, BTC_MARK, price(cases[i].start));
        for (size_t step = 0; step < STEPS_MAX && cases[i].steps[step].firings != NULL; step++) {
            liq_bytes_out out = {0};
            liq_bytes_out again = {0};
            liq_bytes_in in;
            liq_error err = {0};
            guarded next;

            step_run(&self, &cases[i], &cases[i].steps[step], step);
            guard_join(&next, &cases[i].rules);
            if (cases[i].start != NULL)
                liq_guard_start(next.guard, BTC_MARK, price(cases[i].start));
            liq_guard_state_write(self.guard, &out);
            in = (liq_bytes_in){.data = out.data, .bytes = out.count};
            cr_assert_eq(liq_guard_state_read(next.guard, &in, false, &err), LIQ_OK, "%s",
                         err.message);
            cr_expect_eq(in.at, in.bytes);
            cr_expect_eq(liq_guard_held_count(next.guard), liq_guard_held_count(self.guard));
            liq_guard_state_write(next.guard, &again);
            cr_assert_eq(again.count, out.count);
            cr_expect_eq(liq_guard_digest(next.guard), liq_guard_digest(self.guard));
            cr_expect_arr_eq(again.data, out.data, out.count);
            guard_end(&self);
            self = next;
            free(out.data);
            free(again.data);
        }
        guard_end(&self);
    }
}

/* A guard in trouble, as bytes. */
static const liq_guards troubled_rules = {.stale_ms = 10000,
                                          .step = 10000,
                                          .confirm_marks = 3,
                                          .mark = LIQ_MARK_HYPERLIQUID,
                                          .mark_window_ms = 1000};

static liq_bytes_out troubled_bytes(void)
{
    const liq_mark_inputs inputs = {.index = price("10"), .last = price("11")};
    const char *lacks;
    liq_bytes_out out = {0};
    liq_decimal used;
    guarded self;

    guard_join(&self, &troubled_rules);
    liq_guard_start(self.guard, BTC_MARK, price("100"));
    cr_assert_eq(liq_guard_make(self.guard, ETH_MARK, 5, &inputs, &used, &lacks), LIQ_GUARD_USE);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_MARK, 5, price("150"), &used), LIQ_GUARD_KEEP);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_INDEX, 5, price("0"), &used), LIQ_GUARD_REFUSE);
    liq_guard_tick(self.guard, 6);
    liq_guard_state_write(self.guard, &out);
    guard_end(&self);
    return out;
}

Test(guard, refuses_bytes_that_are_cut_short)
{
    liq_bytes_out whole = troubled_bytes();

    for (size_t bytes = 0; bytes < whole.count; bytes++) {
        liq_bytes_in in = {.data = whole.data, .bytes = bytes};
        guarded self;

        guard_join(&self, &troubled_rules);
        cr_expect_neq(liq_guard_state_read(self.guard, &in, false, NULL), LIQ_OK, "%zu", bytes);
        guard_end(&self);
    }
    free(whole.data);
}

/* No byte, whatever it says, leads anywhere but to a guard or to a refusal. */
Test(guard, trusts_no_byte)
{
    liq_bytes_out whole = troubled_bytes();
    size_t refused = 0;

    for (size_t at = 0; at < whole.count; at++) {
        const unsigned char before = whole.data[at];
        liq_bytes_in in = {.data = whole.data, .bytes = whole.count};
        guarded self;

        guard_join(&self, &troubled_rules);
        whole.data[at] = (unsigned char)(before ^ 0xff);
        refused += liq_guard_state_read(self.guard, &in, false, NULL) != LIQ_OK;
        liq_guard_tick(self.guard, 1000000);
        whole.data[at] = before;
        guard_end(&self);
    }
    cr_expect_gt(refused, whole.count / 8);
    free(whole.data);
}

static liq_bytes_out calm_bytes(liq_guard *guard)
{
    liq_bytes_out out = {0};

    liq_guard_firings_clear(guard);
    liq_guard_state_write(guard, &out);
    return out;
}

/* Whatever of what is known changes, the digest tells, and nothing else changes it. */
Test(guard, has_a_digest_of_all_that_it_knows)
{
    liq_bytes_out whole = troubled_bytes();
    liq_bytes_out first = {0};
    uint64_t digest = 0;
    size_t told = 0;

    for (size_t at = 0; at <= whole.count; at++) {
        liq_bytes_in in = {.data = whole.data, .bytes = whole.count};
        guarded self;

        guard_join(&self, &troubled_rules);
        if (at > 0)
            whole.data[at - 1] ^= 1;
        if (liq_guard_state_read(self.guard, &in, false, NULL) == LIQ_OK) {
            liq_bytes_out bytes = calm_bytes(self.guard);
            const bool same = at > 0 && bytes.count == first.count &&
                              memcmp(bytes.data, first.data, first.count) == 0;

            if (at > 0)
                cr_expect_eq(liq_guard_digest(self.guard) == digest, same, "byte %zu", at - 1);
            told += at > 0 && !same;
            if (at == 0) {
                first = bytes;
                digest = liq_guard_digest(self.guard);
            } else {
                free(bytes.data);
            }
        }
        if (at > 0)
            whole.data[at - 1] ^= 1;
        guard_end(&self);
    }
    cr_expect_gt(told, whole.count / 4, "%zu of %zu", told, whole.count);
    free(first.data);
    free(whole.data);
}

Test(guard, passes_over_what_a_new_venue_lacks_only_when_it_may)
{
    const liq_guards rules = {.step = 10000, .confirm_marks = 3};
    liq_bytes_out whole = troubled_bytes();

    for (int rebuilt = 0; rebuilt <= 1; rebuilt++) {
        liq_bytes_in in = {.data = whole.data, .bytes = whole.count};
        liq_status status;
        guarded self;

        names_take(&self.instruments, "XRPUSDT", "ETHUSDT");
        names_take(&self.assets, "USDT", "BTC");
        cr_assert_eq(liq_guard_create(&self.guard, &rules, self.instruments, self.assets, NULL),
                     LIQ_OK);
        status = liq_guard_state_read(self.guard, &in, rebuilt == 1, NULL);
        cr_expect_eq(status, rebuilt == 1 ? LIQ_OK : LIQ_BAD_INPUT);
        guard_end(&self);
    }
    free(whole.data);
}

/* What came with a time far ahead counts as of the tick behind it, in everything that goes by it.
 */
Test(guard, recovers_from_a_time_that_is_still_to_come)
{
    const liq_guards rules = {.step = 10000,
                              .confirm_marks = 9,
                              .confirm_ms = 1000,
                              .calm_ms = 100,
                              .index_outlier = 50000,
                              .mark = LIQ_MARK_HYPERLIQUID,
                              .mark_window_ms = 1000};
    const liq_mark_inputs inputs = {.index = price("10"), .last = price("12")};
    const liq_mark_inputs lower = {.index = price("10"), .last = price("11.9")};
    const int64_t far_ms = 253402300799999;
    const char *lacks;
    liq_decimal used;
    guarded self;

    guard_join(&self, &rules);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_MARK, 5, price("100"), &used), LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, far_ms, price("50"), &used), LIQ_GUARD_KEEP);
    cr_expect_eq(liq_guard_make(self.guard, ETH_MARK, far_ms, &inputs, &used, &lacks),
                 LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, 0, far_ms, price("100"), &used),
                 LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, 0, 6, price("100"), &used),
                 LIQ_GUARD_REFUSE, "until a tick has said what time it is");
    liq_guard_tick(self.guard, 10);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 9, price("50"), &used), LIQ_GUARD_REFUSE);
    cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, 0, 11, price("100.5"), &used),
                 LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 1009, price("50.2"), &used), LIQ_GUARD_KEEP);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 1010, price("50.9"), &used), LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_make(self.guard, ETH_MARK, 1010, &lower, &used, &lacks), LIQ_GUARD_USE);
    cr_expect_str_eq(text(used), "11.925");
    liq_guard_tick(self.guard, 1109);
    cr_expect(liq_guard_holds(self.guard, BTC_MARK));
    liq_guard_tick(self.guard, 1110);
    cr_expect_not(liq_guard_holds(self.guard, BTC_MARK));
    guard_end(&self);
}

Test(guard, takes_marks_without_a_time_as_those_of_the_next_tick)
{
    const liq_guards rules = {.stale_ms = 10000};
    liq_decimal used;
    guarded self;

    guard_join(&self, &rules);
    liq_guard_tick(self.guard, 1000);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_MARK, LIQ_GUARD_NO_TIME, price("100"), &used),
                 LIQ_GUARD_USE);
    liq_guard_tick(self.guard, 50000);
    cr_expect_not(liq_guard_holds(self.guard, BTC_MARK));
    liq_guard_tick(self.guard, 60000);
    cr_expect_not(liq_guard_holds(self.guard, BTC_MARK));
    liq_guard_tick(self.guard, 60001);
    cr_expect(liq_guard_holds(self.guard, BTC_MARK));
    guard_end(&self);
}

/* What such a mark does wrong is as old as the tick before it. */
Test(guard, counts_calm_of_a_mark_without_a_time_from_the_tick_before)
{
    const liq_guards rules = {.step = 10000, .confirm_marks = 3, .calm_ms = 1000};
    liq_decimal used;
    guarded self;

    guard_join(&self, &rules);
    liq_guard_start(self.guard, BTC_MARK, price("100"));
    liq_guard_tick(self.guard, 5000);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_MARK, LIQ_GUARD_NO_TIME, price("150"), &used),
                 LIQ_GUARD_KEEP);
    cr_assert_eq(liq_guard_mark(self.guard, BTC_MARK, LIQ_GUARD_NO_TIME, price("100"), &used),
                 LIQ_GUARD_USE);
    liq_guard_tick(self.guard, 5999);
    cr_expect(liq_guard_holds(self.guard, BTC_MARK));
    liq_guard_tick(self.guard, 6000);
    cr_expect_not(liq_guard_holds(self.guard, BTC_MARK));
    guard_end(&self);
}

Test(guard, counts_what_came_and_what_became_of_it)
{
    const liq_guards rules = {.step = 10000, .confirm_marks = 1};
    liq_guard_counts counts;
    liq_decimal used;
    guarded self;

    guard_join(&self, &rules);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 10, price("100"), &used), LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 9, price("100"), &used), LIQ_GUARD_REFUSE);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 11, price("0"), &used), LIQ_GUARD_REFUSE);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 12, price("150"), &used), LIQ_GUARD_KEEP);
    cr_expect_eq(liq_guard_mark(self.guard, BTC_MARK, 13, price("150"), &used), LIQ_GUARD_USE);
    counts = liq_guard_counts_read(self.guard);
    cr_expect_eq(counts.marks, 5);
    cr_expect_eq(counts.refused, 2);
    cr_expect_eq(counts.doubted, 2);
    cr_expect_eq(counts.confirmed, 1);
    cr_expect_eq(counts.episodes[LIQ_GUARD_ORDER], 1);
    cr_expect_eq(counts.episodes[LIQ_GUARD_BAD], 1);
    cr_expect_eq(counts.episodes[LIQ_GUARD_STEP], 1);
    guard_end(&self);
}

typedef struct near_row {
    const char *price;
    const char *base;
    int64_t share;
    bool within;
    const char *clamped;
} near_row;

Test(nearness, compares_and_clamps_without_rounding_in_anybodys_favour)
{
    static const near_row rows[] = {
        {"101", "100", 10000, true, "101"},
        {"101.0000000001", "100", 10000, false, "101"},
        {"99", "100", 10000, true, "99"},
        {"98.9999", "100", 10000, false, "99"},
        {"0.00000101", "0.000001", 10000, true, "0.00000101"},
        {"0.00000102", "0.000001", 10000, false, "0.00000101"},
        {"999999999999999999", "1", 10000000, false, "11"},
        {"1", "999999999999999999", 10000000, true, "1"},
        {"1", "999999999999999999", 500000, false, "500000000000000000"},
        {"0.000000000000000000000000000001", "0.000000000000000000000000000002", 500000, true,
         "0.000000000000000000000000000001"},
        {"2", "3.33", 333333, false, "2.2201"},
        {"100000000000000000", "1.5", 333333, false, "1.999"},
        {"5", "3.33", 333333, false, "4.4399"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_decimal mark = price(rows[i].price);
        const liq_decimal base = price(rows[i].base);
        const liq_decimal clamped = liq_price_clamp(mark, base, rows[i].share);

        cr_expect_eq(liq_price_within(mark, base, rows[i].share), rows[i].within, "%s of %s",
                     rows[i].price, rows[i].base);
        cr_expect_str_eq(text(clamped), rows[i].clamped, "%s of %s: %s", rows[i].price,
                         rows[i].base, text(clamped));
    }
}

Test(nearness, knows_what_is_no_price)
{
    cr_expect_not(liq_price_is_sound((liq_decimal){0}));
    cr_expect_not(liq_price_is_sound((liq_decimal){-1, 0}));
    cr_expect(liq_price_is_sound((liq_decimal){1, 30}));
    cr_expect(liq_price_is_sound((liq_decimal){999999999999999999, 0}));
}

/* Three sources of an index; the middle one goes wild, and comes back. */
Test(guard, takes_the_median_of_sources_and_tells_of_an_outlier_once)
{
    static const struct {
        int64_t time_ms;
        uint32_t source;
        const char *price;
        const char *used;
        const char *firings;
    } steps[] = {{0, 0, "100", "100", ""},
                 {0, 1, "101", "100.5", ""},
                 {0, 2, "102", "101", ""},
                 {1000, 1, "1010", "101", "+3outlier 1010/101/0.05"},
                 {2000, 1, "1011", "101", ""},
                 {3000, 0, "100.2", "101.1", ""},
                 {4000, 1, "101.4", "101.4", "-3outlier 101.4/101.4/0.05"}};
    const liq_guards rules = {.index_outlier = 50000, .index_silent_ms = 10000};
    guarded self;

    guard_join(&self, &rules);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char firings[256];
        liq_decimal used;
        liq_bytes_out out = {0};
        liq_bytes_in in;
        guarded next;

        cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, steps[i].source, steps[i].time_ms,
                                     price(steps[i].price), &used),
                     LIQ_GUARD_USE);
        cr_expect_str_eq(text(used), steps[i].used, "step %zu: %s", i, text(used));
        liq_guard_tick(self.guard, steps[i].time_ms);
        firings_take(&self, firings, sizeof firings);
        cr_expect_str_eq(firings, steps[i].firings, "step %zu: %s", i, firings);
        liq_guard_state_write(self.guard, &out);
        in = (liq_bytes_in){.data = out.data, .bytes = out.count};
        guard_join(&next, &rules);
        cr_assert_eq(liq_guard_state_read(next.guard, &in, false, NULL), LIQ_OK);
        guard_end(&self);
        self = next;
        free(out.data);
    }
    guard_end(&self);
}

/* A source whose clock is behind that of another one is not late. */
Test(guard, lets_sources_have_clocks_of_their_own)
{
    const liq_guards rules = {.index_outlier = 50000};
    liq_decimal used;
    guarded self;

    guard_join(&self, &rules);
    cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, 0, 1000, price("100"), &used),
                 LIQ_GUARD_USE);
    cr_expect_eq(liq_guard_index(self.guard, BTC_INDEX, 1, 900, price("102"), &used),
                 LIQ_GUARD_USE);
    cr_expect_str_eq(text(used), "101");
    guard_end(&self);
}
