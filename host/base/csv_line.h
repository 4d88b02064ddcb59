/*
 * One line of CSV split into fields, without a copy. Plain lines (ASCII, no
 * quotes) go eight bytes at a time; every other line, good or bad, goes to
 * the careful splitter, which alone knows how to refuse.
 */
#ifndef LIQ_BASE_CSV_LINE_H
#define LIQ_BASE_CSV_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    LIQ_CSV_PAD_BYTES = 16, /* line feeds that must follow the last byte: every scan stops there */
    LIQ_CSV_FAULT_BYTES = 96
};

/* Why a line was refused. */
typedef struct liq_csv_fault {
    uint32_t field; /* from 0 */
    liq_text text;  /* the field as it stands in the line */
    char reason[LIQ_CSV_FAULT_BYTES];
} liq_csv_fault;

/**
 * Split a line that needs no care.
 * @param line    followed by LIQ_CSV_PAD_BYTES line feeds after its last readable byte
 * @param fields  receives exactly count texts, which point into line
 * @return bytes of the line with its end (LF or CR LF), or 0 when it has quotes, control bytes,
 *         bytes past ASCII, or another number of fields
 */
size_t liq_csv_line_plain(const char *line, liq_text *fields, uint32_t count);

/**
 * Split any line. Quoted fields lose their quotes in place.
 * @param bytes      of the line without its end
 * @param fields     receives the first fields_max of the fields
 * @param count_out  receives the number of all fields
 * @return whether the line is well formed; when not, fault says why
 */
bool liq_csv_line_careful(char *line, size_t bytes, liq_text *fields, uint32_t fields_max,
                          uint32_t *count_out, liq_csv_fault *fault);

#endif
