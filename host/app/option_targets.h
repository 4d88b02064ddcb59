/*
 * Files that a command writes by name, kept from being files that it reads.
 */
#ifndef LIQ_APP_OPTION_TARGETS_H
#define LIQ_APP_OPTION_TARGETS_H

#include <liqscan/status.h>

#include "app/options.h"

/**
 * Refuse options that name a file to be written (--out, --snapshot, --picture, --monitor) where
 * that is an operand, a file of the book that an operand names, or what another option reads, under
 * whatever path: the input would be lost. Only looks; what is not there yet is no input.
 * @return LIQ_OK, or LIQ_BAD_INPUT (the message names the option and the file)
 */
LIQ_MUST_USE liq_status liq_option_targets_check(const liq_options *options, liq_error *err);

#endif
