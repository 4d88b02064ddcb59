/*
 * An exchange that does what a sidecar asks of it, and tells what came of it: it reads decisions,
 * answers requests with fills in parts, late, never or with a cancellation, tells some fills twice
 * and some of requests that there never were, and (mode advise) says what became of positions and
 * balances. What it answers depends on nothing but the decisions, so that it says the same whenever
 * the sidecar decides the same, however often that was killed meanwhile.
 */
#ifndef LIQ_TESTS_SUPPORT_DESK_H
#define LIQ_TESTS_SUPPORT_DESK_H

#include "support_sidecar.h"

enum { DESK_REQUESTS_MAX = 4096, DESK_POSITIONS_MAX = 4096, DESK_TEXT_BYTES = 48 };

/* A request that is not answered to its end. */
typedef struct desk_request {
    uint64_t number;
    uint64_t round; /* in which it was read */
    int64_t left;   /* in units of its last decimal */
    int decimals;
    uint32_t position;
    char price[DESK_TEXT_BYTES];
    char account[DESK_TEXT_BYTES];
} desk_request;

/* What the exchange has of an account in an instrument. */
typedef struct desk_position {
    char account[DESK_TEXT_BYTES];
    char symbol[DESK_TEXT_BYTES];
    char side[8];
    char margin[16];
    char entry[DESK_TEXT_BYTES];
    char isolated_margin[DESK_TEXT_BYTES];
    double contracts;
} desk_position;

typedef struct desk_facts {
    uint64_t requests;
    uint64_t partial;
    uint64_t cancelled;
    uint64_t twice;
    uint64_t unknown;
} desk_facts;

typedef struct desk {
    sidecar *side;
    sidecar_exchange plan; /* what moves by itself */
    sidecar_exchange said; /* everything, as it was sent */
    bool advises;
    uint32_t planned[SIDECAR_SOURCES]; /* lines of the plan that were said */
    uint64_t due;                      /* events said that make a tick due */
    uint64_t round;
    size_t read_bytes; /* of the file of decisions */
    uint64_t last_seq;
    desk_request requests[DESK_REQUESTS_MAX];
    uint32_t request_count;
    desk_position positions[DESK_POSITIONS_MAX];
    uint32_t position_count;
    desk_facts facts;
} desk;

/* Make one whose prices move for so many rounds; for desk_clear. */
desk *desk_make(sidecar *side, uint32_t rounds, uint64_t seed, bool advises);
void desk_clear(desk *self);

/* Say what is to be said in the next round: answers, changes of accounts, then prices. */
void desk_speak(desk *self);

/* Read decisions from the file up to a number, waiting for them. @return false: they do not come */
bool desk_listen(desk *self, uint64_t last_seq);

/* Whether prices have stopped, nothing is asked for any more, and the last round decided nothing.
 */
bool desk_is_at_rest(const desk *self);

#endif
