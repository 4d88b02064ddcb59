/*
 * A real nats-server of this test alone, on a free port of the loopback, with a folder of its own.
 * It dies with the test, however that ends.
 */
#ifndef LIQ_TESTS_SUPPORT_BROKER_H
#define LIQ_TESTS_SUPPORT_BROKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire/nats_link.h"

typedef struct broker {
    char folder[64];
    char url[64];
    int port;
    pid_t process; /* 0: not running */
} broker;

/* Choose port and folder; nothing runs yet. */
void broker_make(broker *self);

/* Start it, with what it stored before, and wait until it answers. */
void broker_start(broker *self);

/* Stop it with a signal and wait for its end. */
void broker_stop(broker *self, int signal);

/* Kill it and remove its folder. */
void broker_end(broker *self);

/* A connection to it. */
liq_nats_link *broker_link(const broker *self);

/* What the library of the broker can make and ours refuses: a consumer of another kind. */
void broker_odd_consumer(const broker *self, const char *stream, const char *durable, bool pushes);

#endif
