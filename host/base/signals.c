#include "base/signals.h"

#include <signal.h>

#include "base/fail.h"

static volatile sig_atomic_t caught;
static volatile sig_atomic_t reload;

static void signal_catch(int number);
static void reload_catch(int number);

void liq_signals_take(void)
{
    struct sigaction action = {.sa_handler = signal_catch};
    struct sigaction before;

    /* No SA_RESTART: a write that blocks returns and sees the flag. SA_RESETHAND: the second one
     * kills. */
    action.sa_flags = (int)SA_RESETHAND;
    LIQ_ASSERT(sigemptyset(&action.sa_mask) == 0);
    for (int number = SIGINT; number != 0; number = number == SIGINT ? SIGTERM : 0) {
        LIQ_ASSERT(sigaction(number, NULL, &before) == 0);
        /* A background job of a plain shell starts with SIGINT ignored, and shall stay so. */
        if (before.sa_handler != SIG_IGN)
            LIQ_ASSERT(sigaction(number, &action, NULL) == 0);
    }
    action = (struct sigaction){.sa_handler = SIG_IGN};
    LIQ_ASSERT(sigaction(SIGPIPE, &action, NULL) == 0);
}

void liq_signals_take_reload(void)
{
    struct sigaction action = {.sa_handler = reload_catch};

    LIQ_ASSERT(sigemptyset(&action.sa_mask) == 0);
    LIQ_ASSERT(sigaction(SIGHUP, &action, NULL) == 0);
}

int liq_signals_reload(void)
{
    const int is_asked = (int)reload;

    reload = 0;
    return is_asked;
}

int liq_signals_caught(void)
{
    return (int)caught;
}

static void signal_catch(int number)
{
    caught = number;
}

static void reload_catch(int number)
{
    (void)number;
    reload = 1;
}
