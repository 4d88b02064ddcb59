#include "engine/core_state.h"

#include "engine/core_frozen.h"
#include "scan/live_scan.h"

liq_status liq_core_state_write(const liq_core *core, void **out, size_t *bytes, liq_error *err)
{
    liq_core_frozen frozen = {0};
    liq_status status = liq_core_frozen_take(&frozen, core, err);

    if (status == LIQ_OK)
        status = liq_core_frozen_write(&frozen, core->live->book.accounts, out, bytes, err);
    liq_core_frozen_clear(&frozen);
    return status;
}
