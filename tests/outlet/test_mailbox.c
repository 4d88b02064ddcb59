#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "outlet/mailbox.h"

enum { MILLISECOND = 1000000 };

static liq_mailbox *mailbox;
static _Atomic uint32_t wakes;

/* Somebody who asks on a thread of its own. */
typedef struct asker {
    pthread_t thread;
    char name[16];
    uint32_t wait_ms;
    liq_mailbox_outcome outcome;
    liq_mailbox_reply reply;
} asker;

static void wake(void *context)
{
    cr_assert_eq(context, &mailbox);
    atomic_fetch_add(&wakes, 1);
}

static void setup(void)
{
    cr_assert_eq(liq_mailbox_create(&mailbox, wake, &mailbox, NULL), LIQ_OK);
}

static void teardown(void)
{
    liq_mailbox_destroy(mailbox);
}

TestSuite(mailbox, .init = setup, .fini = teardown);

static void *ask(void *context)
{
    asker *one = context;
    liq_question question = {.kind = LIQ_QUESTION_ADL, .is_short = true, .limit = 7};

    memcpy(question.name, one->name, sizeof one->name);
    one->outcome =
        liq_mailbox_ask(mailbox, &question, (uint64_t)one->wait_ms * MILLISECOND, &one->reply);
    return NULL;
}

static void asker_start(asker *one, const char *name, uint32_t wait_ms)
{
    const uint32_t before = atomic_load(&wakes);

    *one = (asker){.wait_ms = wait_ms};
    (void)snprintf(one->name, sizeof one->name, "%s", name);
    cr_assert_eq(pthread_create(&one->thread, NULL, ask, one), 0);
    while (atomic_load(&wakes) == before)
        (void)usleep(1000);
}

static void asker_join(asker *one)
{
    cr_assert_eq(pthread_join(one->thread, NULL), 0);
}

Test(mailbox, has_nothing_to_take_at_first)
{
    liq_question question;

    cr_expect_not(liq_mailbox_take(mailbox, &question));
    cr_expect_not(liq_mailbox_take(NULL, &question));
    liq_mailbox_close(NULL);
    liq_mailbox_destroy(NULL);
}

Test(mailbox, carries_a_question_there_and_an_answer_back)
{
    liq_question question;
    asker one;

    asker_start(&one, "ann", 10000);
    cr_assert(liq_mailbox_take(mailbox, &question));
    cr_expect_eq(question.kind, LIQ_QUESTION_ADL);
    cr_expect_str_eq(question.name, "ann");
    cr_expect(question.is_short);
    cr_expect_eq(question.limit, 7);
    cr_expect_not(liq_mailbox_take(mailbox, &question));
    liq_mailbox_answer(mailbox, question.ticket, 404, strdup("gone"), 4);
    asker_join(&one);
    cr_assert_eq(one.outcome, LIQ_MAILBOX_ANSWERED);
    cr_expect_eq(one.reply.status, 404);
    cr_expect_eq(one.reply.bytes, 4);
    cr_expect_str_eq(one.reply.body, "gone");
    free(one.reply.body);
}

Test(mailbox, gives_questions_out_in_the_order_in_which_they_came)
{
    liq_question questions[3];
    asker askers[3];
    char name[16];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        asker_start(&askers[i], name, 10000);
    }
    /* Free the first place, so that the next question lies before older ones. */
    cr_assert(liq_mailbox_take(mailbox, &questions[0]));
    cr_expect_str_eq(questions[0].name, "0");
    liq_mailbox_answer(mailbox, questions[0].ticket, 200, NULL, 0);
    asker_join(&askers[0]);
    asker_start(&askers[0], "3", 10000);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%d", i + 1);
        cr_assert(liq_mailbox_take(mailbox, &questions[i]));
        cr_expect_str_eq(questions[i].name, name);
    }
    for (int i = 2; i >= 0; i--) /* answers may come in any order */
        liq_mailbox_answer(mailbox, questions[i].ticket, 200, NULL, (size_t)i);
    for (int i = 0; i < 3; i++) {
        asker_join(&askers[i]);
        cr_expect_eq(askers[i].outcome, LIQ_MAILBOX_ANSWERED);
        cr_expect_eq(askers[i].reply.bytes, (size_t)(i + 2) % 3);
    }
}

Test(mailbox, turns_away_who_finds_it_full)
{
    asker askers[LIQ_MAILBOX_QUESTIONS_MAX];
    const liq_question question = {.kind = LIQ_QUESTION_FUNDS};
    liq_question taken;
    liq_mailbox_reply reply;
    uint64_t began_ns;

    for (int i = 0; i < LIQ_MAILBOX_QUESTIONS_MAX; i++)
        asker_start(&askers[i], "x", 10000);
    began_ns = liq_clock_ns();
    cr_expect_eq(liq_mailbox_ask(mailbox, &question, 5000ull * MILLISECOND, &reply),
                 LIQ_MAILBOX_FULL);
    /* One that is taken keeps its place until it is answered. */
    cr_assert(liq_mailbox_take(mailbox, &taken));
    cr_expect_eq(liq_mailbox_ask(mailbox, &question, 5000ull * MILLISECOND, &reply),
                 LIQ_MAILBOX_FULL);
    cr_expect_lt(liq_clock_ns() - began_ns, 2000ull * MILLISECOND);
    do
        liq_mailbox_answer(mailbox, taken.ticket, 200, NULL, 0);
    while (liq_mailbox_take(mailbox, &taken));
    for (int i = 0; i < LIQ_MAILBOX_QUESTIONS_MAX; i++) {
        asker_join(&askers[i]);
        cr_expect_eq(askers[i].outcome, LIQ_MAILBOX_ANSWERED);
    }
}

Test(mailbox, lets_nobody_wait_for_ever)
{
    const liq_question question = {.kind = LIQ_QUESTION_FUNDS};
    liq_mailbox_reply reply;
    liq_question taken;

    cr_expect_eq(liq_mailbox_ask(mailbox, &question, 20ull * MILLISECOND, &reply),
                 LIQ_MAILBOX_LATE);
    cr_expect_not(liq_mailbox_take(mailbox, &taken), "nobody waits for it");
}

Test(mailbox, drops_an_answer_to_somebody_who_has_gone)
{
    liq_question taken;
    asker one;

    asker_start(&one, "late", 30);
    cr_assert(liq_mailbox_take(mailbox, &taken));
    asker_join(&one);
    cr_expect_eq(one.outcome, LIQ_MAILBOX_LATE);
    liq_mailbox_answer(mailbox, taken.ticket, 200, strdup("nobody hears"), 12);
    /* Its place is free again: all of them are. */
    for (int i = 0; i < 2 * LIQ_MAILBOX_QUESTIONS_MAX; i++) {
        asker_start(&one, "again", 1);
        asker_join(&one);
        cr_expect_eq(one.outcome, LIQ_MAILBOX_LATE);
    }
}

Test(mailbox, wakes_and_turns_away_all_when_it_closes)
{
    const liq_question question = {.kind = LIQ_QUESTION_FUNDS};
    liq_mailbox_reply reply;
    liq_question taken;
    asker waiting, being_answered;

    asker_start(&being_answered, "a", 20000);
    asker_start(&waiting, "b", 20000);
    cr_assert(liq_mailbox_take(mailbox, &taken));
    liq_mailbox_close(mailbox);
    asker_join(&being_answered);
    asker_join(&waiting);
    cr_expect_eq(being_answered.outcome, LIQ_MAILBOX_CLOSED);
    cr_expect_eq(waiting.outcome, LIQ_MAILBOX_CLOSED);
    cr_expect_eq(liq_mailbox_ask(mailbox, &question, MILLISECOND, &reply), LIQ_MAILBOX_CLOSED);
    liq_mailbox_answer(mailbox, taken.ticket, 200, strdup("x"), 1);
    cr_expect_not(liq_mailbox_take(mailbox, &taken));
}
