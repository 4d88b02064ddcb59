/*
 * What the files about NATS share: its types do not leave them.
 */
#ifndef LIQ_WIRE_NATS_INTERNAL_H
#define LIQ_WIRE_NATS_INTERNAL_H

#include <nats/nats.h>

#include "base/monitor.h"
#include "wire/nats_link.h"

enum { LIQ_NATS_WAIT_MS = 2000 };

struct liq_nats_link {
    natsOptions *options;
    natsConnection *connection;
    jsCtx *jetstream;
    char *servers; /* as given, but for users and passwords */
    liq_monitor monitor;
    bool is_closed; /* inside the monitor: the library is done with the connection */
};

/**
 * Say that a call was refused: server, subject and reason.
 * @param code  of JetStream; 0: none
 */
liq_status liq_nats_fail(const liq_nats_link *link, const char *subject, natsStatus native,
                         jsErrCode code, liq_error *err);

#endif
