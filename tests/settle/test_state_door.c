/*
 * What a settler takes over of a written state when the venue or the book is another one by now,
 * what it refuses, and that damage of any kind is seen.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"
#include "settle/settle_internal.h"
#include "settle/settle_state.h"
#include "support_follow.h"
#include "share.h"

enum { STATES = 60 / LIQ_TEST_SHARE, TICKS = 12 };

/* A venue, and who is there. */
typedef struct variant {
    const char *symbol; /* of the contract that both accounts hold; NULL: there is none */
    const char *lot;
    const char *multiplier;
    const char *fund;       /* NULL: none has a name */
    const char *more;       /* another contract before it; NULL: none */
    const char *only;       /* the account that is there; NULL: both, a and b */
    int32_t decimals;       /* of USD */
    int32_t value_decimals; /* beyond those */
    bool has_coin;          /* an asset that nobody has anything of */
    bool asks;              /* execution is external; else the venue takes over */
} variant;

typedef struct scene {
    liq_fixture fixture;
    liq_fund fund;
    const liq_book *book;
    follower at;
} scene;

static variant as_it_was(void)
{
    return (variant){.symbol = "XUSD",
                     .lot = "1",
                     .multiplier = "1",
                     .fund = "safety",
                     .decimals = 2,
                     .value_decimals = 4,
                     .has_coin = true};
}

static void contract_add(liq_fixture *fixture, const char *symbol, const char *lot,
                         const char *multiplier)
{
    (void)liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = symbol,
                                                                 .kind = LIQ_INSTRUMENT_LINEAR,
                                                                 .multiplier = multiplier,
                                                                 .lot = lot,
                                                                 .tick = "0.01",
                                                                 .mark = "100",
                                                                 .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(fixture, "0", "0.1", "0.1");
}

static void accounts_add(liq_fixture *fixture, const variant *of)
{
    for (int i = 0; i < 2; i++) {
        const char *id = i == 0 ? "a" : "b";

        if (of->only != NULL && strcmp(of->only, id) != 0)
            continue;
        (void)liq_fixture_account(fixture, id);
        liq_fixture_balance(fixture, 0, "50");
        if (of->symbol != NULL)
            liq_fixture_position(fixture, of->more != NULL, "10", "100", NULL);
    }
}

/* Long 10 at 100 with 50: both accounts are to be liquidated at once. */
static void scene_make(scene *out, variant of)
{
    liq_fixture *fixture = &out->fixture;
    uint32_t index;

    *out = (scene){0};
    liq_fixture_start(fixture, of.decimals);
    fixture->book.venue.policy.liquidation =
        (liq_liquidation){.is_known = true,
                          .takeover = LIQ_TAKEOVER_FLAGGED,
                          .execution = of.asks ? LIQ_EXECUTION_EXTERNAL : LIQ_EXECUTION_BANKRUPTCY,
                          .fillable_adjustment = LIQ_RATE_NANO};
    (void)liq_fixture_asset(fixture, "USD", of.decimals, of.decimals + of.value_decimals, NULL);
    if (of.has_coin)
        (void)liq_fixture_asset(fixture, "COIN", 8, 12, "5");
    if (of.more != NULL)
        contract_add(fixture, of.more, "1", "1");
    if (of.symbol != NULL)
        contract_add(fixture, of.symbol, of.lot, of.multiplier);
    if (of.fund != NULL) {
        cr_assert_eq(
            liq_names_add(fixture->book.venue.fund_names, liq_text_of(of.fund), &index, NULL),
            LIQ_OK);
        out->fund = (liq_fund){.balance = 100000};
        fixture->book.venue.funds = &out->fund;
        fixture->book.venue.fund_count = 1;
    }
    accounts_add(fixture, &of);
    out->book = liq_fixture_finish(fixture);
    follower_start(&out->at, out->book);
}

static void scene_end(scene *self)
{
    follower_end(&self->at);
    self->fixture.book.venue.funds = NULL;
    liq_fixture_clear(&self->fixture);
}

static void scene_run(scene *self, uint64_t tick)
{
    cr_assert_eq(liq_live_tick(self->at.live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(self->at.settle, 1000, tick, &self->at.summary, &self->at.err),
                 LIQ_OK, "%s", self->at.err.message);
    cr_expect(self->at.summary.conserved);
}

/* The state of a venue after a run, taken over by another one that has not run. */
static liq_status passed(variant from, variant to, scene *target)
{
    scene source;
    size_t bytes;
    void *state;
    liq_status status;

    scene_make(&source, from);
    scene_run(&source, 1);
    state = follow_state(&source.at, &bytes);
    scene_make(target, to);
    status = liq_settle_state_read(target->at.settle, state, bytes, &target->at.err);
    free(state);
    scene_end(&source);
    return status;
}

/* Refused, by a message that names it; and nothing has changed. */
static void expect_refused(variant from, variant to, liq_status expected, const char *name)
{
    scene target;
    const liq_status status = passed(from, to, &target);
    size_t bytes[2];
    void *states[2];

    cr_expect_eq(status, expected, "%s: %s", name, target.at.err.message);
    cr_expect(strstr(target.at.err.message, name) != NULL, "%s: %s", name, target.at.err.message);
    states[0] = follow_state(&target.at, &bytes[0]);
    follower_renew(&target.at, target.book);
    states[1] = follow_state(&target.at, &bytes[1]);
    cr_expect(bytes[0] == bytes[1] && memcmp(states[0], states[1], bytes[0]) == 0, "%s", name);
    free(states[0]);
    free(states[1]);
    scene_end(&target);
}

static const liq_inventory *inventory_of(const scene *self, const char *symbol)
{
    uint32_t index;

    cr_assert(liq_names_find(self->book->venue.instrument_names, liq_text_of(symbol), &index));
    return &self->at.settle->waterfall.funds.inventories[index];
}

Test(state_door, takes_what_goes_on_in_a_venue_that_has_grown)
{
    variant to = as_it_was();
    scene target;
    liq_settle_fund fund;

    to.more = "AUSD";
    to.value_decimals = 10;
    cr_assert_eq(passed(as_it_was(), to, &target), LIQ_OK, "%s", target.at.err.message);
    cr_expect_eq(inventory_of(&target, "XUSD")->lots, 20);
    cr_expect_eq(inventory_of(&target, "AUSD")->lots, 0);
    liq_settle_fund_read(target.at.settle, 0, &fund);
    cr_expect_str_eq(fund.fund, "safety");
    cr_expect_str_eq(fund.after, "1100", "both were taken over at 95, and are worth 100");
    cr_expect_str_eq(fund.before, "1100");
    scene_run(&target, 2);
    scene_end(&target);
}

Test(state_door, refuses_by_name_what_matters_and_is_gone_or_counts_otherwise)
{
    variant to = as_it_was();

    to.symbol = NULL;
    to.more = "AUSD";
    expect_refused(as_it_was(), to, LIQ_NOT_FOUND, "XUSD");
    to = as_it_was();
    to.lot = "0.5";
    expect_refused(as_it_was(), to, LIQ_BAD_INPUT, "XUSD");
    to = as_it_was();
    to.multiplier = "2";
    expect_refused(as_it_was(), to, LIQ_BAD_INPUT, "XUSD");
    to = as_it_was();
    to.fund = NULL;
    expect_refused(as_it_was(), to, LIQ_NOT_FOUND, "safety");
    to = as_it_was();
    to.decimals = 4;
    expect_refused(as_it_was(), to, LIQ_BAD_INPUT, "USD");
}

Test(state_door, refuses_a_request_for_what_is_another_contract_by_now)
{
    variant from = as_it_was();
    variant to;

    from.asks = true;
    to = from;
    to.symbol = NULL;
    to.more = "AUSD";
    expect_refused(from, to, LIQ_NOT_FOUND, "XUSD");
    to = from;
    to.lot = "0.1";
    expect_refused(from, to, LIQ_BAD_INPUT, "XUSD");
}

Test(state_door, leaves_out_what_is_gone_and_empty)
{
    variant from = as_it_was();
    variant to;
    scene target;

    from.asks = true;
    to = from;
    to.only = "b";
    to.has_coin = false;
    cr_assert_eq(passed(from, to, &target), LIQ_OK, "%s", target.at.err.message);
    cr_expect_eq(target.at.settle->waterfall.request_count, 1);
    cr_expect_eq(target.at.settle->waterfall.request_last, 2);
    scene_run(&target, 2);
    cr_expect_eq(target.at.summary.actions, 0, "b is still being waited for");
    scene_end(&target);
}

/* Dust of rounding does not keep a fund from going. */
Test(state_door, lets_less_than_a_unit_go_to_the_fund_of_the_asset)
{
    variant from = as_it_was();
    variant to;
    scene source;
    scene target;
    size_t bytes;
    void *state;

    scene_make(&source, from);
    source.at.settle->waterfall.funds.funds[0].grains = LIQ_GRAINS_PER_UNIT - 1;
    state = follow_state(&source.at, &bytes);
    to = from;
    to.fund = NULL;
    scene_make(&target, to);
    cr_assert_eq(liq_settle_state_read(target.at.settle, state, bytes, NULL), LIQ_OK);
    cr_expect(target.at.settle->waterfall.funds.funds[0].grains == LIQ_GRAINS_PER_UNIT - 1);
    free(state);
    scene_end(&source);
    scene_end(&target);
}

Test(state_door, is_for_fresh_settlers_of_live_books)
{
    liq_settle *loaded = NULL;
    size_t bytes;
    void *state;
    scene self;

    scene_make(&self, as_it_was());
    state = follow_state(&self.at, &bytes);
    cr_assert_eq(liq_settle_create(&loaded, self.book, NULL), LIQ_OK);
    cr_expect_eq(liq_settle_state_read(loaded, state, bytes, NULL), LIQ_UNSUPPORTED);
    cr_expect_eq(liq_settle_state_write(loaded, &(void *){NULL}, &bytes, NULL), LIQ_UNSUPPORTED);
    liq_settle_destroy(loaded);
    scene_run(&self, 1);
    cr_expect_eq(liq_settle_state_read(self.at.settle, state, bytes, NULL), LIQ_UNSUPPORTED);
    self.at.settle->waterfall.rooms.is_stopped = true;
    cr_expect_eq(liq_settle_state_write(self.at.settle, &(void *){NULL}, &bytes, NULL),
                 LIQ_NOT_CONSERVED);
    free(state);
    scene_end(&self);
}

/* A state is taken or refused; whatever is taken can be gone on with. */
static void damage_try(follower *at, const venture *book, const unsigned char *state, size_t bytes,
                       uint64_t *taken)
{
    liq_error err = {0};
    size_t again;
    liq_status status;

    follower_renew(at, book->book);
    status = liq_settle_state_read(at->settle, state, bytes, &err);
    if (status != LIQ_OK) {
        cr_assert(status == LIQ_BAD_INPUT || status == LIQ_OUT_OF_RANGE ||
                      status == LIQ_NOT_FOUND || status == LIQ_UNSUPPORTED,
                  "%d", status);
        cr_assert(err.message[0] != '\0');
        return;
    }
    (*taken)++;
    free(follow_state(at, &again));
    cr_assert_eq(liq_live_tick(at->live, NULL, NULL), LIQ_OK);
    at->status = liq_settle_run_live(at->settle, 500000000, 100, &at->summary, &at->err);
    if (at->status == LIQ_OK)
        free(follow_state(at, &again));
}

/* As an engine stands after some ticks. */
static void *state_draw(venture *book, follower *at, liq_random *random, size_t *bytes)
{
    follower *const one[] = {at};
    follow_stream stream;

    follow_draw(book, random);
    follow_start(&stream, book->book, random);
    follower_start(at, book->book);
    for (int tick = 0; tick < TICKS; tick++) {
        follow_events(&stream, one, 1);
        follow_fills(&stream, one, 1);
        follow_run(&stream, one, 1);
    }
    follow_fills(&stream, one, 1);
    return follow_state(at, bytes);
}

Test(state_door, sees_every_cut_and_survives_every_change_of_a_byte)
{
    liq_random random = liq_random_make(liq_random_seed() + 7);
    uint64_t taken = 0;

    for (int i = 0; i < STATES; i++) {
        static venture book;
        follower at;
        size_t bytes;
        unsigned char *state = state_draw(&book, &at, &random, &bytes);
        unsigned char *cut;

        for (size_t at_byte = 0; at_byte < bytes; at_byte++) {
            const unsigned char was = state[at_byte];

            state[at_byte] = (unsigned char)(was ^ (1u << liq_random_below(&random, 8)));
            damage_try(&at, &book, state, bytes, &taken);
            state[at_byte] = (unsigned char)liq_random_below(&random, 256);
            damage_try(&at, &book, state, bytes, &taken);
            state[at_byte] = was;
        }
        follower_renew(&at, book.book);
        for (size_t left = 0; left < bytes; left++) {
            cut = malloc(left + 1);
            memcpy(cut, state, left);
            cr_assert_neq(liq_settle_state_read(at.settle, cut, left, NULL), LIQ_OK);
            free(cut);
        }
        cut = calloc(bytes + 1, 1);
        memcpy(cut, state, bytes);
        cr_assert_eq(liq_settle_state_read(at.settle, cut, bytes + 1, NULL), LIQ_BAD_INPUT);
        free(cut);
        free(state);
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(taken, 0, "amounts may be anything");
}
