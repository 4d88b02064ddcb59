/*
 * A text as a JSON string, piece by piece: for whoever writes JSON, wherever it goes.
 */
#ifndef LIQ_BASE_JSON_QUOTE_H
#define LIQ_BASE_JSON_QUOTE_H

#include "base/text.h"

enum { LIQ_JSON_QUOTE_BYTES = 8 };

/**
 * The next piece between the quotes: as much as stands for itself, or one character escaped. Bytes
 * that are not UTF-8 become U+FFFD, so that the whole is valid whatever the text holds.
 * @param text   what is left; moved behind what the piece stands for. Not empty
 * @param room   where an escape is made
 * @return the piece, lent by the text, by `room`, or static
 */
liq_text liq_json_quote_next(liq_text *text, char room[LIQ_JSON_QUOTE_BYTES]);

#endif
