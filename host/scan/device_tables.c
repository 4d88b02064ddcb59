#include "scan/device_tables.h"

/* Where a table lies on the host, and how long it is; never empty, because a buffer cannot be. */
typedef struct table_view {
    const void *data;
    size_t bytes;
} table_view;

static void tables_view(const liq_market *market, table_view views[LIQ_DEVICE_TABLES]);

liq_status liq_device_tables_create(liq_device_tables *out, liq_device *device,
                                    const liq_market *market, liq_error *err)
{
    table_view views[LIQ_DEVICE_TABLES];
    liq_device_tables tables = {0};

    tables_view(market, views);
    for (uint32_t i = 0; i < LIQ_DEVICE_TABLES; i++) {
        const liq_status status =
            liq_buffer_create(&tables.buffers[i], device, views[i].bytes > 0 ? views[i].bytes : 1,
                              LIQ_BUFFER_INPUT, err);

        if (status != LIQ_OK) {
            liq_device_tables_clear(&tables);
            return status;
        }
    }
    *out = tables;
    return LIQ_OK;
}

void liq_device_tables_clear(liq_device_tables *tables)
{
    for (uint32_t i = 0; i < LIQ_DEVICE_TABLES; i++)
        liq_buffer_destroy(tables->buffers[i]);
    *tables = (liq_device_tables){0};
}

liq_status liq_device_tables_write(liq_device_tables *tables, const liq_market *market,
                                   liq_error *err)
{
    table_view views[LIQ_DEVICE_TABLES];
    liq_status status = LIQ_OK;

    tables_view(market, views);
    for (uint32_t i = 0; status == LIQ_OK && i < LIQ_DEVICE_TABLES; i++)
        if (views[i].bytes > 0)
            status = liq_buffer_write(tables->buffers[i], 0, views[i].data, views[i].bytes, err);
    return status;
}

void liq_device_tables_bind(const liq_device_tables *tables, liq_kernel_argument *arguments)
{
    for (uint32_t i = 0; i < LIQ_DEVICE_TABLES; i++)
        arguments[i] = LIQ_ARGUMENT_BUFFER(tables->buffers[i]);
}

static void tables_view(const liq_market *market, table_view views[LIQ_DEVICE_TABLES])
{
    views[0] =
        (table_view){market->instruments, market->instrument_count * sizeof *market->instruments};
    views[1] = (table_view){market->tiers, market->tier_count * sizeof *market->tiers};
    views[2] = (table_view){market->assets, market->asset_count * sizeof *market->assets};
    views[3] = (table_view){market->slices, market->slice_count * sizeof *market->slices};
    views[4] = (table_view){market->powers, sizeof market->powers};
    views[5] = (table_view){&market->policy, sizeof market->policy};
}
