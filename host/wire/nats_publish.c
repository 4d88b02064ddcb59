/*
 * Publishing to a stream: messages go out without waiting, answers come to a subject of their own,
 * whose last part is the token of the message.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "wire/nats_internal.h"

enum {
    ANSWER_BYTES = 256,
    ANSWERS_MAX = 65536, /* that wait to be looked at; more are dropped, as if they were lost */
    ANSWERS_BYTES_MAX = ANSWERS_MAX * ANSWER_BYTES
};

struct liq_nats_publisher {
    liq_nats_link *link;
    natsInbox *inbox;
    natsSubscription *answers;
};

static liq_nats_answer answer_read(liq_nats_publisher *publisher, natsMsg *message, uint64_t *token,
                                   liq_error *err);

liq_status liq_nats_publisher_create(liq_nats_publisher **out, liq_nats_link *link, liq_error *err)
{
    char subject[LIQ_NATS_REPLY_BYTES];
    liq_nats_publisher *publisher = NULL;
    natsStatus native;
    liq_status status;

    if ((status = liq_memory_array(&publisher, 1, sizeof *publisher, err)) != LIQ_OK)
        return status;
    publisher->link = link;
    if ((native = natsInbox_Create(&publisher->inbox)) == NATS_OK) {
        (void)snprintf(subject, sizeof subject, "%s.*", publisher->inbox);
        native = natsConnection_SubscribeSync(&publisher->answers, link->connection, subject);
    }
    if (native == NATS_OK)
        native =
            natsSubscription_SetPendingLimits(publisher->answers, ANSWERS_MAX, ANSWERS_BYTES_MAX);
    if (native != NATS_OK) {
        status = liq_nats_fail(link, "answers", native, 0, err);
        goto done;
    }
    *out = publisher;
    publisher = NULL;
done:
    liq_nats_publisher_destroy(publisher);
    return status;
}

void liq_nats_publisher_destroy(liq_nats_publisher *publisher)
{
    if (publisher == NULL)
        return;
    natsSubscription_Destroy(publisher->answers);
    natsInbox_Destroy(publisher->inbox);
    free(publisher);
}

liq_status liq_nats_publish(liq_nats_publisher *publisher, const char *subject, const char *id,
                            liq_text data, uint64_t token, liq_error *err)
{
    char reply[LIQ_NATS_REPLY_BYTES];
    natsMsg *message = NULL;
    natsStatus native;

    (void)snprintf(reply, sizeof reply, "%s.%" PRIu64, publisher->inbox, token);
    native = natsMsg_Create(&message, subject, reply, data.data, (int)data.bytes);
    if (native == NATS_OK)
        native = natsMsgHeader_Set(message, "Nats-Msg-Id", id);
    if (native == NATS_OK)
        native = natsConnection_PublishMsg(publisher->link->connection, message);
    natsMsg_Destroy(message);
    return native == NATS_OK ? LIQ_OK : liq_nats_fail(publisher->link, subject, native, 0, err);
}

liq_status liq_nats_send(liq_nats_link *link, const char *subject, liq_text data, liq_error *err)
{
    const natsStatus native =
        natsConnection_Publish(link->connection, subject, data.data, (int)data.bytes);

    return native == NATS_OK ? LIQ_OK : liq_nats_fail(link, subject, native, 0, err);
}

liq_nats_answer liq_nats_publisher_answer(liq_nats_publisher *publisher, int64_t wait_ms,
                                          uint64_t *token, liq_error *err)
{
    natsMsg *message = NULL;
    liq_nats_answer answer;
    const natsStatus native = natsSubscription_NextMsg(&message, publisher->answers, wait_ms);

    if (native == NATS_NO_RESPONDERS) {
        *token = 0;
        (void)liq_fail(err, LIQ_NOT_FOUND, 0, "%s: no stream takes the subject",
                       publisher->link->servers);
        return LIQ_NATS_REFUSED;
    }
    if (native != NATS_OK)
        return LIQ_NATS_SILENT;
    answer = answer_read(publisher, message, token, err);
    natsMsg_Destroy(message);
    return answer;
}

/* {"stream":"S","seq":7} or {"error":{..},"stream":"S","seq":0}. */
static liq_nats_answer answer_read(liq_nats_publisher *publisher, natsMsg *message, uint64_t *token,
                                   liq_error *err)
{
    const char *subject = natsMsg_GetSubject(message);
    char text[ANSWER_BYTES];

    *token = strtoull(strrchr(subject, '.') + 1, NULL, 10);
    (void)snprintf(text, sizeof text, "%.*s", natsMsg_GetDataLength(message),
                   natsMsg_GetData(message));
    if (strstr(text, "\"error\":") == NULL && strstr(text, "\"seq\":") != NULL)
        return LIQ_NATS_STORED;
    (void)liq_fail(err, LIQ_IO, 0, "%s: the message was refused: %s", publisher->link->servers,
                   text);
    return LIQ_NATS_REFUSED;
}
