/*
 * liqscan stress --cascade: shocks, and what follows from what they liquidate.
 */
#ifndef LIQ_APP_COMMAND_STRESS_CASCADE_H
#define LIQ_APP_COMMAND_STRESS_CASCADE_H

#include "app/command.h"

/** As liq_command.run. */
int liq_stress_cascade_run(const liq_command *command, const liq_options *options,
                           liq_output *output);

/** Whether options are there that mean something with --cascade only. @return LIQ_OK or
 * LIQ_BAD_INPUT, the message names the first of them */
LIQ_MUST_USE liq_status liq_stress_cascade_check(const liq_options *options, liq_error *err);

#endif
