#include "outlet/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"

typedef enum place_state {
    PLACE_FREE = 0,
    PLACE_WAITS,    /* to be taken */
    PLACE_TAKEN,    /* by the engine */
    PLACE_ANSWERED, /* to be fetched by who asked */
    PLACE_LEFT      /* taken, but who asked has gone */
} place_state;

typedef struct place {
    place_state state;
    liq_question question;
    liq_mailbox_reply reply;
} place;

struct liq_mailbox {
    liq_monitor monitor;      /* of all but `waiting` and `wake` */
    _Atomic uint32_t waiting; /* questions to be taken: read without the monitor */
    void (*wake)(void *context);
    void *context;
    uint64_t last_ticket;
    bool is_closed;
    place places[LIQ_MAILBOX_QUESTIONS_MAX];
};

static place *place_enter(liq_mailbox *mailbox, const liq_question *question);
static liq_mailbox_outcome place_fetch(liq_mailbox *mailbox, place *at, liq_mailbox_reply *reply);

liq_status liq_mailbox_create(liq_mailbox **out, void (*wake)(void *context), void *context,
                              liq_error *err)
{
    void *memory = NULL;
    const liq_status status = liq_memory_array(&memory, 1, sizeof(liq_mailbox), err);

    *out = memory;
    if (status != LIQ_OK)
        return status;
    liq_monitor_init(&(*out)->monitor);
    (*out)->wake = wake;
    (*out)->context = context;
    return LIQ_OK;
}

void liq_mailbox_close(liq_mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    liq_monitor_enter(&mailbox->monitor);
    mailbox->is_closed = true;
    liq_monitor_tell(&mailbox->monitor);
    liq_monitor_leave(&mailbox->monitor);
}

void liq_mailbox_destroy(liq_mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    liq_monitor_clear(&mailbox->monitor);
    free(mailbox);
}

liq_mailbox_outcome liq_mailbox_ask(liq_mailbox *mailbox, const liq_question *question,
                                    uint64_t wait_ns, liq_mailbox_reply *reply)
{
    const uint64_t until_ns = liq_clock_ns() + wait_ns;
    liq_mailbox_outcome outcome;
    bool in_time = true;
    place *at = NULL;

    liq_monitor_enter(&mailbox->monitor);
    if (mailbox->is_closed || (at = place_enter(mailbox, question)) == NULL) {
        outcome = mailbox->is_closed ? LIQ_MAILBOX_CLOSED : LIQ_MAILBOX_FULL;
        liq_monitor_leave(&mailbox->monitor);
        return outcome;
    }
    liq_monitor_leave(&mailbox->monitor);
    if (mailbox->wake != NULL)
        mailbox->wake(mailbox->context);
    liq_monitor_enter(&mailbox->monitor);
    while (at->state != PLACE_ANSWERED && !mailbox->is_closed && in_time)
        in_time = liq_monitor_wait(&mailbox->monitor, until_ns);
    outcome = place_fetch(mailbox, at, reply);
    liq_monitor_leave(&mailbox->monitor);
    return outcome;
}

bool liq_mailbox_take(liq_mailbox *mailbox, liq_question *out)
{
    place *first = NULL;

    if (mailbox == NULL || atomic_load_explicit(&mailbox->waiting, memory_order_relaxed) == 0)
        return false;
    liq_monitor_enter(&mailbox->monitor);
    for (uint32_t i = 0; i < LIQ_MAILBOX_QUESTIONS_MAX; i++) {
        place *at = &mailbox->places[i];

        if (at->state == PLACE_WAITS &&
            (first == NULL || at->question.ticket < first->question.ticket))
            first = at;
    }
    if (first != NULL) {
        first->state = PLACE_TAKEN;
        atomic_fetch_sub_explicit(&mailbox->waiting, 1, memory_order_relaxed);
        *out = first->question;
    }
    liq_monitor_leave(&mailbox->monitor);
    return first != NULL;
}

void liq_mailbox_answer(liq_mailbox *mailbox, uint64_t ticket, unsigned status, char *body,
                        size_t bytes)
{
    place *at = mailbox->places;

    liq_monitor_enter(&mailbox->monitor);
    while (at < mailbox->places + LIQ_MAILBOX_QUESTIONS_MAX &&
           ((at->state != PLACE_TAKEN && at->state != PLACE_LEFT) || at->question.ticket != ticket))
        at++;
    LIQ_ASSERT(at < mailbox->places + LIQ_MAILBOX_QUESTIONS_MAX);
    if (at->state == PLACE_TAKEN) {
        at->state = PLACE_ANSWERED;
        at->reply = (liq_mailbox_reply){.status = status, .body = body, .bytes = bytes};
        body = NULL; /* given away */
        liq_monitor_tell(&mailbox->monitor);
    } else {
        at->state = PLACE_FREE;
    }
    liq_monitor_leave(&mailbox->monitor);
    free(body);
}

/* A free place with a question in it, or NULL when there is none. Inside. */
static place *place_enter(liq_mailbox *mailbox, const liq_question *question)
{
    for (uint32_t i = 0; i < LIQ_MAILBOX_QUESTIONS_MAX; i++) {
        place *at = &mailbox->places[i];

        if (at->state != PLACE_FREE)
            continue;
        at->state = PLACE_WAITS;
        at->question = *question;
        at->question.ticket = ++mailbox->last_ticket;
        atomic_fetch_add_explicit(&mailbox->waiting, 1, memory_order_relaxed);
        return at;
    }
    return NULL;
}

/* What became of a question; leaves its place to others, or to the engine that still has it.
 * Inside. */
static liq_mailbox_outcome place_fetch(liq_mailbox *mailbox, place *at, liq_mailbox_reply *reply)
{
    const place_state before = at->state;

    if (before == PLACE_WAITS)
        atomic_fetch_sub_explicit(&mailbox->waiting, 1, memory_order_relaxed);
    at->state = before == PLACE_TAKEN ? PLACE_LEFT : PLACE_FREE;
    if (before == PLACE_ANSWERED) {
        *reply = at->reply;
        return LIQ_MAILBOX_ANSWERED;
    }
    return mailbox->is_closed ? LIQ_MAILBOX_CLOSED : LIQ_MAILBOX_LATE;
}
