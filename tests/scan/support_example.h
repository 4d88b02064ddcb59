/*
 * A book of one account, written as files and explained twice: in this process, and where the
 * program is built by the command line. Both must say the same.
 */
#ifndef LIQ_SUPPORT_EXAMPLE_H
#define LIQ_SUPPORT_EXAMPLE_H

#include <stdbool.h>

#include <liqscan/explain.h>

enum { EXAMPLE_TEXT_BYTES = 4096, EXAMPLE_PATH_BYTES = 512 };

/* The files' texts without their headers; accounts.csv holds the account "trader". */
typedef struct example {
    const char *venue;     /* venue.json */
    const char *balances;  /* lines of account,asset,amount */
    const char *positions; /* lines of account,instrument,side,quantity,entry_price,margin,
                              isolated_margin */
    const char *marks;     /* lines of symbol,price */
} example;

typedef struct explained {
    char folder[EXAMPLE_PATH_BYTES];
    liq_book *book;
    liq_explanation *explanation;
} explained;

/** Write, load and explain; fails the test when any of that fails. */
explained example_explain(const example *text);

/** Remove the files and give the rest back. */
void explained_clear(explained *target);

/** The position of an instrument in any margin account; fails the test when there is none. */
const liq_explain_position *explained_position(const explained *target, const char *instrument);

/** The margin account that it is in. */
const liq_explain_margin *explained_margin(const explained *target, const char *instrument);

/** Whether the program is there to be run. */
bool example_program_exists(void);

/**
 * What the command line says of a position, by "liqscan explain FOLDER trader --format json".
 * @param key   such as "liquidation_price"
 * @param text  receives the string, EXAMPLE_TEXT_BYTES
 */
void example_program_field(const explained *target, const char *instrument, const char *key,
                           char *text);

/** A decimal text at a number of decimals, rounded to the nearest or cut. */
const char *example_rounded(const char *decimal, int decimals, bool cut);

#endif
