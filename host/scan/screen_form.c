#include "scan/screen_form.h"

bool liq_screen_form_read(liq_screen_form *out, const liq_screen_slots *slots,
                          const liq_screen_cells *cells, const double *base, uint32_t slot)
{
    const uint32_t length = slots->slice_lengths[slot / LIQ_SLICE_ROWS];
    const uint32_t stride = slots->group;
    uint32_t at = liq_screen_slots_first(slots, slot);
    liq_screen_adder adder = liq_screen_begin();

    if (length > LIQ_SCREEN_FORM_TERMS_MAX)
        return false;
    out->offset = slots->offsets[slot];
    out->entry_count = length;
    out->term_count = 0;
    out->is_cash = true;
    for (uint32_t left = length; left > 0; left--, at += stride) {
        const uint16_t cell = slots->entry_cells[at];
        const uint16_t value = cells->cell_values[cell];
        const float amount = slots->entry_amounts[at];

        liq_screen_add(&adder, &cells->cells[cell], amount);
        if (value == LIQ_SCREEN_VALUE_NONE)
            continue;
        out->slopes[out->term_count] = (float)((double)amount * base[value]);
        out->values[out->term_count++] = value;
        out->is_cash = out->is_cash && cells->is_cash[value];
    }
    out->sum = liq_screen_end(adder, out->offset);
    return true;
}
