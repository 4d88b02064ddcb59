#include "book/generate_shape.h"

#include <stddef.h>

/* value is exceeded by the share above of all; tables go from one down to zero. */
typedef struct shape_point {
    uint32_t above;
    uint64_t value;
} shape_point;

static uint64_t between_points(const shape_point *points, uint32_t above);

/*
 * Notional taken from accounts on 10 October 2025 at Hyperliquid: median 481, 75% 3,125, 90%
 * 27,027, 99% 1.04 million, 99.9% 17.5 million, largest 330 million USD (arXiv 2512.01112,
 * 2602.15182); between and below these points drawn by hand as straight lines of the logarithms.
 */
static const shape_point notional_points[] = {
    {1000000000, 5},     {975000000, 7},      {950000000, 11},    {925000000, 17},
    {900000000, 25},     {862500000, 35},     {825000000, 50},    {787500000, 71},
    {750000000, 100},    {687500000, 148},    {625000000, 219},   {562500000, 325},
    {500000000, 481},    {435275282, 699},    {378929142, 1017},  {329876978, 1478},
    {287174589, 2149},   {250000000, 3125},   {214593555, 4477},  {184201575, 6415},
    {158113883, 9190},   {135720881, 13167},  {116499305, 18864}, {100000000, 27027},
    {79432823, 38933},   {63095734, 56085},   {50118723, 80792},  {39810717, 116384},
    {31622777, 167655},  {25118864, 241512},  {19952623, 347907}, {15848932, 501171},
    {12589254, 721954},  {10000000, 1040000}, {7196857, 1556599}, {5179475, 2329809},
    {3727594, 3487096},  {2682696, 5219242},  {1930698, 7811798}, {1389495, 11692154},
    {1000000, 17500000}, {605963, 24784477},  {367191, 35101159}, {222504, 49712221},
    {134829, 70405223},  {81701, 99711806},   {49508, 141217425}, {30000, 200000000},
    {1000, 300000000},   {0, 330000000}};

/* Few instruments in most accounts and hundreds in some. */
static const shape_point instrument_points[] = {
    {1000000000, 100}, {620000000, 100}, {450000000, 200}, {300000000, 300}, {200000000, 450},
    {120000000, 750},  {70000000, 1200}, {30000000, 2400}, {12000000, 4500}, {4000000, 9000},
    {1000000, 20000},  {100000, 50000},  {10000, 100000},  {0, 200000}};

/* Half of the accounts use less than a fourteenth of the ratio that worries anybody. */
static const shape_point ratio_points[] = {
    {1000000000, 2500},  {900000000, 10000},  {750000000, 25000}, {500000000, 70000},
    {250000000, 160000}, {100000000, 330000}, {30000000, 620000}, {0, 960000}};

uint64_t liq_shape_notional(uint32_t above)
{
    return between_points(notional_points, above);
}

uint64_t liq_shape_instruments(uint32_t above)
{
    return between_points(instrument_points, above);
}

uint64_t liq_shape_ratio(uint32_t above)
{
    return between_points(ratio_points, above);
}

/* The first point is at LIQ_SHAPE_ONE and the last at zero, so one of them is always below. */
static uint64_t between_points(const shape_point *points, uint32_t above)
{
    size_t i = 1;
    uint64_t share;

    while (points[i].above > above)
        i++;
    share = points[i - 1].above - above;
    return points[i - 1].value + (points[i].value - points[i - 1].value) * share /
                                     (points[i - 1].above - points[i].above);
}
