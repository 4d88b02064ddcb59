#include "scan/weighted.h"

liq_int128 liq_weighted_amount(const liq_market *market, const liq_asset_record *asset,
                               int64_t amount)
{
    liq_int128 out = 0;
    int64_t from = 0;

    if (amount < 0)
        return (liq_int128)amount * LIQ_WEIGHT_ONE;
    for (uint32_t i = 0; i < asset->slice_count && from < amount; i++) {
        const liq_slice_record *slice = &market->slices[asset->slice_first + i];
        const int64_t to = amount < slice->up_to ? amount : slice->up_to;

        out += (liq_int128)(to - from) * slice->weight;
        from = to;
    }
    return out;
}

bool liq_weighted_is_plain(const liq_market *market, const liq_asset_record *asset)
{
    for (uint32_t i = 0; i < asset->slice_count; i++)
        if (market->slices[asset->slice_first + i].weight != LIQ_WEIGHT_ONE)
            return false;
    return true;
}
