/*
 * Threads ask faster than an engine answers, some without the patience to wait: every question is
 * answered with what belongs to it, or its asker is told that there was no answer, and no answer
 * is lost in memory.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "outlet/mailbox.h"

enum { ROUNDS = 400, ASKERS = 20, OUTCOMES = 4 };

static liq_mailbox *mailbox;
static _Atomic uint32_t wakes;
static _Atomic uint32_t outcomes[OUTCOMES];
static _Atomic int done;

static void *ask(void *index);
static void *answer(void *unused);
static void wake(void *context);

int main(void)
{
    static uint32_t indices[ASKERS];
    pthread_t askers[ASKERS];
    pthread_t engine;

    LIQ_ASSERT(liq_mailbox_create(&mailbox, wake, NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(pthread_create(&engine, NULL, answer, NULL) == 0);
    for (uint32_t i = 0; i < ASKERS; i++) {
        indices[i] = i;
        LIQ_ASSERT(pthread_create(&askers[i], NULL, ask, &indices[i]) == 0);
    }
    for (int i = 0; i < ASKERS / 2; i++)
        LIQ_ASSERT(pthread_join(askers[i], NULL) == 0);
    liq_mailbox_close(mailbox); /* under those who still ask */
    for (int i = ASKERS / 2; i < ASKERS; i++)
        LIQ_ASSERT(pthread_join(askers[i], NULL) == 0);
    atomic_store(&done, 1);
    LIQ_ASSERT(pthread_join(engine, NULL) == 0);
    liq_mailbox_destroy(mailbox);
    LIQ_ASSERT(atomic_load(&outcomes[LIQ_MAILBOX_ANSWERED]) > 0);
    LIQ_ASSERT(atomic_load(&wakes) >= atomic_load(&outcomes[LIQ_MAILBOX_ANSWERED]));
    (void)printf("tsan_mailbox: ok, %u answered, %u full, %u late, %u closed\n",
                 atomic_load(&outcomes[0]), atomic_load(&outcomes[1]), atomic_load(&outcomes[2]),
                 atomic_load(&outcomes[3]));
    return 0;
}

static void *ask(void *index)
{
    const uint32_t mine = *(const uint32_t *)index;
    liq_question question = {.kind = LIQ_QUESTION_ACCOUNT};
    char expected[sizeof question.name + 8];

    for (uint32_t i = 0; i < ROUNDS; i++) {
        const uint64_t wait_ns = i % 4 == 0 ? 1000 : 1000000000;
        liq_mailbox_reply reply = {0};
        liq_mailbox_outcome outcome;

        (void)snprintf(question.name, sizeof question.name, "%u of %u", i, mine);
        outcome = liq_mailbox_ask(mailbox, &question, wait_ns, &reply);
        atomic_fetch_add(&outcomes[outcome], 1);
        if (outcome != LIQ_MAILBOX_ANSWERED)
            continue;
        (void)snprintf(expected, sizeof expected, "about %s", question.name);
        LIQ_ASSERT(reply.status == 200 && reply.bytes == strlen(expected));
        LIQ_ASSERT(strcmp(reply.body, expected) == 0);
        free(reply.body);
    }
    return NULL;
}

static void *answer(void *unused)
{
    liq_question question;

    (void)unused;
    while (atomic_load(&done) == 0) {
        char *body = NULL;
        int bytes;

        if (!liq_mailbox_take(mailbox, &question)) {
            (void)usleep(50);
            continue;
        }
        bytes = asprintf(&body, "about %s", question.name);
        LIQ_ASSERT(bytes > 0);
        liq_mailbox_answer(mailbox, question.ticket, 200, body, (size_t)bytes);
    }
    return NULL;
}

static void wake(void *context)
{
    (void)context;
    atomic_fetch_add(&wakes, 1);
}
