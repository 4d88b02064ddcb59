/*
 * The parts of a venue as venue.json gives them, in the order in which venue.c reads them.
 */
#ifndef LIQ_BOOK_VENUE_INTERNAL_H
#define LIQ_BOOK_VENUE_INTERNAL_H

#include "base/json.h"
#include "book/venue.h"

/* A venue being read, and the document it is read from. */
typedef struct liq_venue_reader {
    const liq_json *json;
    const liq_json_value *root;
    liq_venue *venue;
    size_t slice_capacity;
    size_t tier_capacity;
    liq_error *err;
} liq_venue_reader;

enum { LIQ_VALUE_DECIMALS_UNSET = -1 };

/** Names, decimals and weights; value_decimals that are not given stay unset. */
LIQ_MUST_USE liq_status liq_venue_read_assets(liq_venue_reader *reader);

/** Value decimals of each asset, once it is known which instruments settle in it. */
void liq_venue_settle_value_decimals(liq_venue *venue);

LIQ_MUST_USE liq_status liq_venue_read_funds(liq_venue_reader *reader);

/** Everything of an instrument but its tiers. */
LIQ_MUST_USE liq_status liq_venue_read_instruments(liq_venue_reader *reader);

/** Tier tables of all instruments; needs value decimals. */
LIQ_MUST_USE liq_status liq_venue_read_tiers(liq_venue_reader *reader);

/** Order instruments by settle asset, which rows.c relies on; the last step. */
LIQ_MUST_USE liq_status liq_venue_order_instruments(liq_venue_reader *reader);

/** Terms of options, once instruments are in their order. */
LIQ_MUST_USE liq_status liq_venue_read_options(liq_venue_reader *reader);

/** Read a member that must be a name and add it to names. */
LIQ_MUST_USE liq_status liq_venue_add_name(const liq_venue_reader *reader,
                                           const liq_json_value *object, const char *key,
                                           liq_names *names, uint32_t *index_out);

/** Read a member that must be a name. */
LIQ_MUST_USE liq_status liq_venue_read_name(const liq_venue_reader *reader,
                                            const liq_json_value *object, const char *key,
                                            liq_text *out);

/** Read a member that must be a name in names; what says what it should be: "an asset". */
LIQ_MUST_USE liq_status liq_venue_find_name(const liq_venue_reader *reader,
                                            const liq_json_value *value, const liq_names *names,
                                            const char *what, uint32_t *index_out);

/** Read a decimal member that must be there and above zero. */
LIQ_MUST_USE liq_status liq_venue_read_positive(const liq_venue_reader *reader,
                                                const liq_json_value *object, const char *key,
                                                liq_decimal *out);

/** Read a rate: a decimal of 0 or more, below limit. */
LIQ_MUST_USE liq_status liq_venue_read_rate(const liq_venue_reader *reader,
                                            const liq_json_value *value, int64_t limit,
                                            liq_decimal *out);

#endif
