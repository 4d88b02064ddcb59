/*
 * What somebody who mistyped a name probably meant.
 */
#ifndef LIQ_APP_NEAREST_H
#define LIQ_APP_NEAREST_H

#include <stdint.h>

/**
 * The name that takes the fewest changed, added, dropped or swapped letters to become; the first of
 * equals. NULL when none is near: at most one change in a word of up to four letters, two up to
 * nine, else three; or the word is the beginning of just one name.
 */
const char *liq_nearest(const char *word, const char *const *names, uint32_t name_count);

#endif
