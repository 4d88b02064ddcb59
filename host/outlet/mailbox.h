/*
 * Questions that only the engine's thread can answer, because it alone may look at the book: left
 * here by other threads, taken between two ticks. Bounded, and nobody waits without an end: who is
 * too late, finds the box full or finds it closed is told so, and an answer to somebody who has
 * gone is dropped.
 */
#ifndef LIQ_OUTLET_MAILBOX_H
#define LIQ_OUTLET_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/names.h"

enum { LIQ_MAILBOX_QUESTIONS_MAX = 16 }; /* waiting or being answered */

typedef enum liq_question_kind {
    LIQ_QUESTION_ACCOUNT = 1,   /* name: an account */
    LIQ_QUESTION_POSITIONS = 2, /* name: an account */
    LIQ_QUESTION_ADL = 3,       /* name: an instrument; side, limit */
    LIQ_QUESTION_FUNDS = 4,
    LIQ_QUESTION_STATUS = 5,
    LIQ_QUESTION_SLOW = 6
} liq_question_kind;

typedef struct liq_question {
    uint64_t ticket; /* set by the mailbox: whom to answer */
    liq_question_kind kind;
    char name[LIQ_NAME_BYTES_MAX + 1]; /* UTF-8, "" when there is none */
    bool is_short;
    uint32_t limit; /* rows at most */
} liq_question;

typedef enum liq_mailbox_outcome {
    LIQ_MAILBOX_ANSWERED = 0,
    LIQ_MAILBOX_FULL = 1,
    LIQ_MAILBOX_LATE = 2,  /* no answer in time */
    LIQ_MAILBOX_CLOSED = 3 /* the engine stops */
} liq_mailbox_outcome;

typedef struct liq_mailbox_reply {
    unsigned status; /* of HTTP */
    char *body;      /* from malloc; NULL: empty */
    size_t bytes;
} liq_mailbox_reply;

typedef struct liq_mailbox liq_mailbox;

/** @param wake  called after a question was left, by the thread that asks: must not block; NULL:
 *               the engine looks often enough by itself */
LIQ_MUST_USE liq_status liq_mailbox_create(liq_mailbox **out, void (*wake)(void *context),
                                           void *context, liq_error *err);

/** Turn all away, now and from now on. Returns at once. */
void liq_mailbox_close(liq_mailbox *mailbox);

/** Nobody may be asking or answering. */
void liq_mailbox_destroy(liq_mailbox *mailbox);

/*
 * For any thread.
 */

/**
 * Ask, and wait for the answer.
 * @param question  its ticket is ignored
 * @param reply     filled when it was answered; its body is the caller's to free
 */
liq_mailbox_outcome liq_mailbox_ask(liq_mailbox *mailbox, const liq_question *question,
                                    uint64_t wait_ns, liq_mailbox_reply *reply);

/*
 * For the engine's thread.
 */

/**
 * Take the question that has waited longest. Costs one look at a number when there is none. Each
 * question taken must be answered, soon: it keeps its place.
 * @param mailbox  NULL: there is never one
 */
bool liq_mailbox_take(liq_mailbox *mailbox, liq_question *out);

/**
 * Answer a question that was taken.
 * @param body  from malloc, given away even when nobody waits for it; NULL: empty
 */
void liq_mailbox_answer(liq_mailbox *mailbox, uint64_t ticket, unsigned status, char *body,
                        size_t bytes);

#endif
