/*
 * Streams, durable consumers, and pulling from them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "wire/nats_internal.h"

enum {
    FETCH_BYTES = 4 * 1024 * 1024, /* of messages that are asked for at once */
    EXPIRES_S = 5,                 /* how long the broker keeps a request */
    UNSETTLED_MAX = 65536,
    REQUEST_BYTES = 128
};

static const int64_t second_ns = 1000000000;

/* One request is out at a time: the broker sends what comes until as many have come as were asked
 * for, or the request has expired. So the first message of a burst waits for no other, and the
 * others are on their way already. */
struct liq_nats_pull {
    liq_nats_link *link;
    natsInbox *inbox;
    natsSubscription *messages;
    char *name;           /* stream and consumer, for messages */
    char *request_to;     /* subject of requests */
    uint32_t outstanding; /* messages that may still come for the request; 0: none is out */
    bool is_single;       /* the next message alone is larger than what is asked for at once */
    uint64_t expired_ns;  /* when the request is surely over */
};

static natsStatus stream_find(liq_nats_link *link, const liq_nats_stream *stream, bool *takes,
                              jsErrCode *code);
static natsStatus stream_make(liq_nats_link *link, const liq_nats_stream *stream, jsErrCode *code);
static bool subject_matches(const char *pattern, const char *subject);
static liq_status consumer_ensure(liq_nats_pull *pull, const liq_nats_pull_options *options,
                                  liq_error *err);
static natsStatus consumer_make(liq_nats_pull *pull, const liq_nats_pull_options *options,
                                jsErrCode *code);
static natsStatus subscribe(liq_nats_pull *pull);
static natsStatus request_send(liq_nats_pull *pull);
static natsStatus message_read(liq_nats_pull *pull, natsMsg *message, liq_nats_take *take,
                               void *context, uint32_t *count);

liq_status liq_nats_stream_ensure(liq_nats_link *link, const liq_nats_stream *stream,
                                  liq_error *err)
{
    jsErrCode code = (jsErrCode)0;
    bool takes = false;
    natsStatus native = stream_find(link, stream, &takes, &code);

    if (native == NATS_NOT_FOUND && stream->is_made) {
        native = stream_make(link, stream, &code);
        if (code == JSStreamNameExistErr) /* somebody was quicker */
            native = stream_find(link, stream, &takes, &code);
        else
            takes = native == NATS_OK;
    }
    if (native == NATS_NOT_FOUND)
        return liq_fail(err, LIQ_NOT_FOUND, (int)native, "%s: there is no stream %s", link->servers,
                        stream->stream);
    if (native != NATS_OK)
        return liq_nats_fail(link, stream->stream, native, code, err);
    if (!takes)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: stream %s does not take the subject %s",
                        link->servers, stream->stream, stream->subject);
    return LIQ_OK;
}

liq_status liq_nats_pull_create(liq_nats_pull **out, liq_nats_link *link,
                                const liq_nats_pull_options *options, liq_error *err)
{
    const liq_nats_stream stream = {
        .stream = options->stream, .subject = options->subject, .is_made = options->is_made};
    const size_t name_bytes = strlen(options->stream) + strlen(options->durable) + 64;
    liq_nats_pull *pull = NULL;
    natsStatus native;
    liq_status status;

    if ((status = liq_memory_array(&pull, 1, sizeof *pull, err)) != LIQ_OK)
        return status;
    pull->link = link;
    if ((status = liq_memory_array(&pull->name, name_bytes, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&pull->request_to, name_bytes, 1, err)) != LIQ_OK)
        goto done;
    (void)snprintf(pull->name, name_bytes, "consumer %s of stream %s", options->durable,
                   options->stream);
    (void)snprintf(pull->request_to, name_bytes, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", options->stream,
                   options->durable);
    if (options->subject != NULL && (status = liq_nats_stream_ensure(link, &stream, err)) != LIQ_OK)
        goto done;
    if ((status = consumer_ensure(pull, options, err)) != LIQ_OK)
        goto done;
    if ((native = subscribe(pull)) != NATS_OK) {
        status = liq_nats_fail(link, pull->name, native, 0, err);
        goto done;
    }
    *out = pull;
    pull = NULL;
done:
    liq_nats_pull_destroy(pull);
    return status;
}

void liq_nats_pull_destroy(liq_nats_pull *pull)
{
    if (pull == NULL)
        return;
    natsSubscription_Destroy(pull->messages);
    natsInbox_Destroy(pull->inbox);
    free(pull->request_to);
    free(pull->name);
    free(pull);
}

liq_status liq_nats_pull_fetch(liq_nats_pull *pull, bool is_asking, int64_t wait_ms,
                               liq_nats_take *take, void *context, uint32_t *count, liq_error *err)
{
    natsStatus native = NATS_OK;

    *count = 0;
    if (liq_clock_ns() > pull->expired_ns)
        pull->outstanding = 0;
    if (pull->outstanding == 0 && is_asking)
        native = request_send(pull);
    while (native == NATS_OK && *count < LIQ_NATS_FETCH_MAX && pull->outstanding > 0) {
        natsMsg *message = NULL;

        native = natsSubscription_NextMsg(&message, pull->messages, *count == 0 ? wait_ms : 0);
        if (native == NATS_OK)
            native = message_read(pull, message, take, context, count);
        natsMsg_Destroy(message);
    }
    if (native == NATS_OK || native == NATS_TIMEOUT)
        return LIQ_OK;
    pull->outstanding = 0;
    return liq_nats_fail(pull->link, pull->name, native, 0, err);
}

liq_status liq_nats_acknowledge(liq_nats_link *link, const char *reply, liq_error *err)
{
    const natsStatus native = natsConnection_PublishString(link->connection, reply, "+ACK");

    return native == NATS_OK ? LIQ_OK : liq_nats_fail(link, "acknowledgement", native, 0, err);
}

liq_status liq_nats_working(liq_nats_link *link, const char *reply, liq_error *err)
{
    const natsStatus native = natsConnection_PublishString(link->connection, reply, "+WPI");

    return native == NATS_OK ? LIQ_OK : liq_nats_fail(link, "acknowledgement", native, 0, err);
}

static natsStatus stream_find(liq_nats_link *link, const liq_nats_stream *stream, bool *takes,
                              jsErrCode *code)
{
    jsStreamInfo *info = NULL;
    const natsStatus native = js_GetStreamInfo(&info, link->jetstream, stream->stream, NULL, code);

    *takes = false;
    for (int i = 0; native == NATS_OK && i < info->Config->SubjectsLen; i++)
        if (subject_matches(info->Config->Subjects[i], stream->subject))
            *takes = true;
    jsStreamInfo_Destroy(info);
    return native;
}

static natsStatus stream_make(liq_nats_link *link, const liq_nats_stream *stream, jsErrCode *code)
{
    const char *subjects[1] = {stream->subject};
    jsStreamConfig config;
    natsStatus native = jsStreamConfig_Init(&config);

    config.Name = stream->stream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    config.Duplicates = (int64_t)stream->duplicates_ns;
    if (native == NATS_OK)
        native = js_AddStream(NULL, link->jetstream, &config, NULL, code);
    return native;
}

/* Whether all that a subject stands for goes into a pattern: token by token, "*" is any one, ">"
 * all that follow. */
static bool subject_matches(const char *pattern, const char *subject)
{
    for (;;) {
        const size_t of_pattern = strcspn(pattern, ".");
        const size_t of_subject = strcspn(subject, ".");
        const bool is_any = of_pattern == 1 && pattern[0] == '*' && strcmp(subject, ">") != 0;

        if (strcmp(pattern, ">") == 0)
            return of_subject > 0;
        if (!is_any && (of_pattern != of_subject || memcmp(pattern, subject, of_subject) != 0))
            return false;
        pattern += of_pattern;
        subject += of_subject;
        if (*pattern == '\0' || *subject == '\0')
            return *pattern == *subject;
        pattern++;
        subject++;
    }
}

/* A consumer that does not ask for acknowledgements forgets what was delivered to a process that
 * died: it is refused. */
static liq_status consumer_ensure(liq_nats_pull *pull, const liq_nats_pull_options *options,
                                  liq_error *err)
{
    liq_nats_link *link = pull->link;
    jsConsumerInfo *info = NULL;
    jsErrCode code = (jsErrCode)0;
    natsStatus native =
        js_GetConsumerInfo(&info, link->jetstream, options->stream, options->durable, NULL, &code);
    liq_status status = LIQ_OK;

    if (code == JSConsumerNotFoundErr && options->is_made)
        return (native = consumer_make(pull, options, &code)) == NATS_OK
                   ? LIQ_OK
                   : liq_nats_fail(link, pull->name, native, code, err);
    if (code == JSConsumerNotFoundErr || code == JSStreamNotFoundErr)
        return liq_fail(err, LIQ_NOT_FOUND, (int)native, "%s: there is no %s", link->servers,
                        pull->name);
    if (native != NATS_OK)
        return liq_nats_fail(link, pull->name, native, code, err);
    if (info->Config->DeliverSubject != NULL && info->Config->DeliverSubject[0] != '\0')
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: %s pushes, and is not pulled from",
                          link->servers, pull->name);
    else if (info->Config->AckPolicy != js_AckExplicit)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: %s must want explicit acknowledgements",
                          link->servers, pull->name);
    jsConsumerInfo_Destroy(info);
    return status;
}

static natsStatus consumer_make(liq_nats_pull *pull, const liq_nats_pull_options *options,
                                jsErrCode *code)
{
    jsConsumerConfig config;
    natsStatus native = jsConsumerConfig_Init(&config);

    config.Durable = options->durable;
    config.DeliverPolicy = js_DeliverAll;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = options->ack_wait_ns == 0 ? 2 * second_ns : (int64_t)options->ack_wait_ns;
    config.MaxAckPending = options->unsettled_max == 0 ? UNSETTLED_MAX : options->unsettled_max;
    config.FilterSubject = options->subject;
    if (native == NATS_OK)
        native = js_AddConsumer(NULL, pull->link->jetstream, options->stream, &config, NULL, code);
    return native;
}

static natsStatus subscribe(liq_nats_pull *pull)
{
    natsStatus native = natsInbox_Create(&pull->inbox);

    if (native == NATS_OK)
        native = natsConnection_SubscribeSync(&pull->messages, pull->link->connection, pull->inbox);
    if (native == NATS_OK)
        native = natsSubscription_SetPendingLimits(pull->messages, -1, -1); /* by the request */
    return native;
}

static natsStatus request_send(liq_nats_pull *pull)
{
    const uint32_t batch = pull->is_single ? 1 : LIQ_NATS_FETCH_MAX;
    char request[REQUEST_BYTES];
    natsStatus native;
    int used;

    used = snprintf(request, sizeof request, "{\"batch\":%u,\"expires\":%lld", batch,
                    (long long)(EXPIRES_S * second_ns));
    (void)snprintf(request + used, sizeof request - (size_t)used,
                   pull->is_single ? "}" : ",\"max_bytes\":%d}", FETCH_BYTES);
    native = natsConnection_PublishRequestString(pull->link->connection, pull->request_to,
                                                 pull->inbox, request);
    if (native != NATS_OK)
        return native;
    pull->outstanding = batch;
    pull->expired_ns = liq_clock_ns() + (uint64_t)((EXPIRES_S + 1) * second_ns);
    return NATS_OK;
}

/* A message has a subject to be acknowledged by; what has none says that the request is over. */
static natsStatus message_read(liq_nats_pull *pull, natsMsg *message, liq_nats_take *take,
                               void *context, uint32_t *count)
{
    const liq_nats_message got = {
        .payload = {natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message)},
        .reply = natsMsg_GetReply(message)};
    const char *why = "";

    if (got.reply != NULL) {
        LIQ_ASSERT(strlen(got.reply) < LIQ_NATS_REPLY_BYTES);
        take(context, &got);
        (*count)++;
        pull->outstanding--;
        pull->is_single = false;
        return NATS_OK;
    }
    (void)natsMsgHeader_Get(message, "Description", &why);
    pull->is_single = pull->outstanding == LIQ_NATS_FETCH_MAX && strstr(why, "MaxBytes") != NULL;
    pull->outstanding = 0;
    return strstr(why, "Deleted") != NULL ? NATS_NOT_FOUND : NATS_OK;
}
