/*
 * The compiler's 128-bit integers, for host sums and for work at the door.
 * The margin rule itself uses kernels/liq_wide.h, which both compilers read.
 */
#ifndef LIQ_BASE_INT128_H
#define LIQ_BASE_INT128_H

__extension__ typedef __int128 liq_int128;
__extension__ typedef unsigned __int128 liq_uint128;

#define LIQ_INT128_MAX ((liq_int128)(((liq_uint128)1 << 127) - 1))
#define LIQ_INT128_MIN (-LIQ_INT128_MAX - 1)

#endif
