#include "support_core_state.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <unistd.h>

#include "scan/live_scan.h"

void core_keep(core_kept *out, liq_core *core)
{
    char path[] = "/tmp/liqscan-core-XXXXXX";
    const int file = mkstemp(path);
    liq_error err = {0};

    *out = (core_kept){.book = NULL};
    cr_assert_geq(file, 0);
    (void)close(file);
    cr_assert_eq(liq_live_save(core->live, path, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_core_state_write(core, &out->state, &out->bytes, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_book_load_snapshot(&out->book, path, NULL, &err), LIQ_OK, "%s", err.message);
    (void)unlink(path);
}

void core_go_on(core_kept *kept, liq_core *core)
{
    liq_error err = {0};

    cr_assert_eq(liq_core_state_read(core, "state", kept->state, kept->bytes, false, &err), LIQ_OK,
                 "%s", err.message);
    free(kept->state);
    *kept = (core_kept){.book = NULL};
}
