#include "scan/safety_line.h"

liq_safety_lines liq_safety_lines_liquidation(const liq_policy_record *policy)
{
    liq_safety_lines out = {.lines = {{.equity_factor = 1, .inclusive = true}}, .count = 1};

    for (uint32_t i = LIQ_ROW_LIQUIDATE - 1; i < LIQ_LEVELS; i++)
        if (policy->levels[i].equity_factor != 0)
            out.lines[out.count++] =
                (liq_safety_line){.equity_factor = policy->levels[i].equity_factor,
                                  .requirement_factor = policy->levels[i].requirement_factor,
                                  .inclusive = policy->levels[i].inclusive != 0};
    return out;
}

liq_safety_lines liq_safety_lines_bankruptcy(void)
{
    return (liq_safety_lines){.lines = {{.equity_factor = 1, .inclusive = false}}, .count = 1};
}

liq_int128 liq_safety_height(liq_safety_line line, int64_t equity, int64_t maintenance)
{
    return (liq_int128)equity * line.equity_factor -
           (liq_int128)maintenance * line.requirement_factor;
}
