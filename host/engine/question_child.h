/*
 * Questions that take longer than a tick may wait are answered by a child process out of its copy
 * of the memory: the answer is of one moment, and costs the engine a fork.
 */
#ifndef LIQ_ENGINE_QUESTION_CHILD_H
#define LIQ_ENGINE_QUESTION_CHILD_H

#include <sys/types.h>

#include <liqscan/status.h>

#include "outlet/json_out.h"
#include "outlet/mailbox.h"

/* One that is being answered. Zero it. */
typedef struct liq_question_child {
    pid_t child; /* 0: none */
    int answer;  /* file in memory that it writes to */
    uint64_t ticket;
} liq_question_child;

/** Writes the answer. @return status of HTTP */
typedef unsigned liq_question_write(void *context, const liq_question *question,
                                    liq_json_out *json);

/** Begin. @return LIQ_OK, LIQ_IO (no memory file, no process) */
LIQ_MUST_USE liq_status liq_question_begin(liq_question_child *child, const liq_question *question,
                                           liq_question_write *write, void *context,
                                           liq_error *err);

/** Hand the answer over when it is there; does not wait. */
void liq_question_poll(liq_question_child *child, liq_mailbox *mailbox);

/** End it; who asked is told by the mailbox that it closes. */
void liq_question_end(liq_question_child *child);

/** Write an answer of one JSON object into memory for free(). @return status of HTTP */
unsigned liq_question_body(const liq_question *question, liq_question_write *write, void *context,
                           char **data, size_t *bytes);

#endif
