#include <criterion/criterion.h>

#include <time.h>

#include "base/clock.h"

Test(clock, never_goes_back)
{
    uint64_t before = liq_clock_ns();

    for (int i = 0; i < 100000; i++) {
        const uint64_t now = liq_clock_ns();

        cr_assert(now >= before);
        before = now;
    }
}

Test(clock, counts_nanoseconds)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    const uint64_t before = liq_clock_ns();

    cr_assert(nanosleep(&pause, NULL) == 0);
    cr_expect(liq_clock_ns() - before >= 20000000);
    cr_expect(liq_clock_ns() - before < 20000000000u);
}
