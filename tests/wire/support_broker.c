#include "support_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <nats/nats.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"

enum { AWAIT_S = 20, STEP_US = 5000, INFO_BYTES = 5, PORT_LEAST = 20000, PORTS = 12000 };

static const uint64_t second_ns = 1000000000;

static int port_choose(void);
static void broker_run(const broker *self);
static bool broker_answers(const broker *self);
static struct sockaddr_in address_of(int port);
static int entry_remove(const char *path, const struct stat *facts, int kind, struct FTW *place);

void broker_make(broker *self)
{
    *self = (broker){.folder = "/tmp/liqscan-broker-XXXXXX"};
    LIQ_ASSERT(mkdtemp(self->folder) != NULL);
    self->port = port_choose();
    (void)snprintf(self->url, sizeof self->url, "nats://127.0.0.1:%d", self->port);
}

/* Below those that the system gives to clients: one of them that calls again and again while the
 * broker is down, even this test's own, would get the port sooner or later. */
static int port_choose(void)
{
    unsigned draw = (unsigned)getpid() * 7919u + (unsigned)(liq_clock_ns() >> 10);

    for (int tries = 0; tries < PORTS; tries++, draw++) {
        const int port = PORT_LEAST + (int)(draw % PORTS);
        const struct sockaddr_in address = address_of(port);
        const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool is_free =
            probe >= 0 && bind(probe, (const struct sockaddr *)&address, sizeof address) == 0;

        (void)close(probe);
        if (is_free)
            return port;
    }
    LIQ_ASSERT(false);
    return 0;
}

void broker_start(broker *self)
{
    const uint64_t until = liq_clock_ns() + AWAIT_S * second_ns;
    bool ended;

    LIQ_ASSERT(self->process == 0);
    self->process = fork();
    LIQ_ASSERT(self->process >= 0);
    if (self->process == 0)
        broker_run(self);
    while (!broker_answers(self)) {
        ended = waitpid(self->process, NULL, WNOHANG) != 0;
        if (ended)
            (void)fprintf(stderr, "nats-server cannot be run: see %s/log\n", self->folder);
        LIQ_ASSERT(!ended && liq_clock_ns() < until);
        (void)usleep(STEP_US);
    }
}

void broker_stop(broker *self, int number)
{
    LIQ_ASSERT(self->process > 0);
    LIQ_ASSERT(kill(self->process, number) == 0);
    LIQ_ASSERT(waitpid(self->process, NULL, 0) == self->process);
    self->process = 0;
}

void broker_end(broker *self)
{
    if (self->process > 0)
        broker_stop(self, SIGKILL);
    (void)nftw(self->folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

liq_nats_link *broker_link(const broker *self)
{
    const liq_nats_options options = {.servers = self->url, .name = "test"};
    liq_nats_link *link = NULL;
    liq_error err = {.message = ""};

    if (liq_nats_link_create(&link, &options, &err) != LIQ_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    LIQ_ASSERT(link != NULL);
    return link;
}

void broker_odd_consumer(const broker *self, const char *stream, const char *durable, bool pushes)
{
    natsConnection *connection = NULL;
    jsConsumerConfig config;
    jsCtx *jetstream = NULL;

    LIQ_ASSERT(natsConnection_ConnectTo(&connection, self->url) == NATS_OK);
    LIQ_ASSERT(natsConnection_JetStream(&jetstream, connection, NULL) == NATS_OK);
    LIQ_ASSERT(jsConsumerConfig_Init(&config) == NATS_OK);
    config.Durable = durable;
    config.DeliverSubject = pushes ? "pushed.here" : NULL;
    config.AckPolicy = pushes ? js_AckExplicit : js_AckNone;
    LIQ_ASSERT(js_AddConsumer(NULL, jetstream, stream, &config, NULL, NULL) == NATS_OK);
    jsCtx_Destroy(jetstream);
    natsConnection_Destroy(connection);
}

/* In the child. Large messages are let through. */
static void broker_run(const broker *self)
{
    char settings[96];
    char port[16];
    char log[96];
    int descriptor;
    FILE *file;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(port, sizeof port, "%d", self->port);
    (void)snprintf(settings, sizeof settings, "%s/settings", self->folder);
    file = fopen(settings, "w");
    if (file == NULL || fputs("max_payload: 33554432\n", file) < 0 || fclose(file) != 0)
        _exit(126);
    (void)snprintf(log, sizeof log, "%s/log", self->folder);
    descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(descriptor, STDOUT_FILENO);
    (void)dup2(descriptor, STDERR_FILENO);
    (void)execlp("nats-server", "nats-server", "-a", "127.0.0.1", "-p", port, "-js", "-sd",
                 self->folder, "-c", settings, (char *)NULL);
    _exit(127);
}

/* It greets with "INFO {..". */
static bool broker_answers(const broker *self)
{
    const struct sockaddr_in address = address_of(self->port);
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char greeting[INFO_BYTES];
    bool answers;

    LIQ_ASSERT(probe >= 0);
    answers = connect(probe, (const struct sockaddr *)&address, sizeof address) == 0 &&
              recv(probe, greeting, sizeof greeting, MSG_WAITALL) == sizeof greeting &&
              memcmp(greeting, "INFO ", sizeof greeting) == 0;
    (void)close(probe);
    return answers;
}

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int entry_remove(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts, (void)kind, (void)place;
    return remove(path);
}
