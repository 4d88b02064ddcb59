/* systemd's end of the wire is a datagram socket, which the test plays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "app/service.h"

static int supervisor = -1;
static char folder[64] = "/tmp/liqscan-service-XXXXXX";
static struct sockaddr_un at = {.sun_family = AF_UNIX};

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", folder);
    supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_geq(supervisor, 0);
    cr_assert_eq(bind(supervisor, (const struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
}

static void teardown(void)
{
    (void)close(supervisor);
    (void)unlink(at.sun_path);
    (void)rmdir(folder);
}

TestSuite(service, .init = setup, .fini = teardown);

/* The next message, "" when there is none. */
static const char *heard(void)
{
    static char text[1024];
    const ssize_t bytes = recv(supervisor, text, sizeof text - 1, 0);

    text[bytes < 0 ? 0 : bytes] = '\0';
    return text;
}

Test(service, says_that_it_is_ready_reloading_and_stopping)
{
    unsigned long long microseconds = 0;
    int end = 0;

    liq_service_ready("following 3 sources");
    cr_expect_str_eq(heard(), "READY=1\nSTATUS=following 3 sources");
    liq_service_status("halted");
    cr_expect_str_eq(heard(), "STATUS=halted");
    liq_service_stopping("draining");
    cr_expect_str_eq(heard(), "STOPPING=1\nSTATUS=draining");
    liq_service_reloading();
    cr_expect_eq(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=reloading%n",
                        &microseconds, &end),
                 1);
    cr_expect_gt(microseconds, 0);
    cr_expect_neq(end, 0);
    cr_expect_str_eq(heard(), "");
}

Test(service, keeps_a_status_on_its_line_and_short)
{
    char text[2 * LIQ_SERVICE_STATUS_BYTES];

    liq_service_status("a\nREADY=1\tb");
    cr_expect_str_eq(heard(), "STATUS=a READY=1 b");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    liq_service_status(text);
    cr_expect_eq(strlen(heard()), strlen("STATUS=") + LIQ_SERVICE_STATUS_BYTES - 1);
}

Test(service, tells_that_it_lives_at_half_the_time_it_is_given)
{
    char number[16];
    liq_service service;

    (void)snprintf(number, sizeof number, "%d", (int)getpid());
    cr_assert_eq(setenv("WATCHDOG_USEC", "3000000", 1), 0);
    cr_assert_eq(setenv("WATCHDOG_PID", number, 1), 0);
    liq_service_start(&service);
    cr_expect_eq(service.every_ns, 1500000000);
    liq_service_alive(&service, 5000000000);
    cr_expect_str_eq(heard(), "WATCHDOG=1");
    liq_service_alive(&service, 6499999999);
    cr_expect_str_eq(heard(), "");
    liq_service_alive(&service, 6500000000);
    cr_expect_str_eq(heard(), "WATCHDOG=1");
    liq_service_alive(&service, 6500000001);
    cr_expect_str_eq(heard(), "");
}

Test(service, says_nothing_when_nobody_watches)
{
    liq_service service;

    cr_assert_eq(unsetenv("WATCHDOG_USEC"), 0);
    liq_service_start(&service);
    cr_expect_eq(service.every_ns, 0);
    liq_service_alive(&service, 5000000000);
    cr_expect_str_eq(heard(), "");
    /* A watchdog of another process, as a child inherits it. */
    cr_assert_eq(setenv("WATCHDOG_USEC", "3000000", 1), 0);
    cr_assert_eq(setenv("WATCHDOG_PID", "1", 1), 0);
    liq_service_start(&service);
    cr_expect_eq(service.every_ns, 0);
}

Test(service, does_nothing_outside_systemd)
{
    cr_assert_eq(unsetenv("NOTIFY_SOCKET"), 0);
    liq_service_ready("ready");
    liq_service_reloading();
    liq_service_stopping("stopping");
    cr_expect_str_eq(heard(), "");
    /* A supervisor that is gone. */
    cr_assert_eq(setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1), 0);
    liq_service_ready("ready");
    cr_expect_str_eq(heard(), "");
}
