/*
 * One dialect for two compilers: the host's C11 and the device's OpenCL C 1.2.
 *
 * The build says which one reads (-DLIQ_DEVICE=1); this header only checks the
 * claim. Text below it may use the types and words defined here, arithmetic,
 * control flow and static inline functions: no bool, size_t, enum field, libc.
 */
#ifndef LIQ_DIALECT_H
#define LIQ_DIALECT_H

#ifndef LIQ_DEVICE
#define LIQ_DEVICE 0
#endif

/*
 * What every leg of every account passes: left to themselves the compilers call some of it. A
 * checker that cannot read inlined code asks for calls (-DLIQ_CALLS=1).
 */
#ifdef LIQ_CALLS
#define LIQ_INLINE static inline
#else
#define LIQ_INLINE static inline __attribute__((always_inline))
#endif

/*
 * What few accounts pass. Inlined it would take registers from the others. A file that includes a
 * header need not call all of it.
 */
#define LIQ_RARE static __attribute__((noinline, unused))

/* Ask for the cache line of an address ahead of time: threads of a CPU do, lanes need not. */
#if defined(LIQ_INT128) && !defined(LIQ_CALLS)
#define LIQ_PREFETCH(address) __builtin_prefetch((const void *)(unsigned long)(address))
#else
#define LIQ_PREFETCH(address) ((void)(address))
#endif

#if LIQ_DEVICE

#ifndef __OPENCL_C_VERSION__
#error "LIQ_DEVICE=1 is for an OpenCL compiler"
#endif

typedef long liq_i64;
typedef ulong liq_u64;
typedef int liq_i32;
typedef uint liq_u32;
typedef ushort liq_u16;
typedef uchar liq_u8;
typedef float liq_f32;
typedef float2 liq_f32x2;
typedef float8 liq_f32x8;
typedef int8 liq_i32x8;

/* Tables that every work-item reads lie in global memory; the host has one address space. */
#define LIQ_GLOBAL __global

#define LIQ_STATIC_ASSERT(condition, name) typedef char liq_assert_##name[(condition) ? 1 : -1]

/* Vectors of eight: the two compilers agree on their arithmetic, but not on how to make and read
 * one. */
#define LIQ_F32X8(a, b, c, d, e, f, g, h) ((float8)(a, b, c, d, e, f, g, h))
#define LIQ_I32X8(a, b, c, d, e, f, g, h) ((int8)(a, b, c, d, e, f, g, h))
#define LIQ_LANE(vector, lane) ((vector).s##lane)
#define LIQ_AS_F32X8(bits) as_float8(bits)
#define LIQ_AS_I32X8(vector) as_int8(vector)
#define LIQ_FLOAT_BITS(value) as_int(value)

/*
 * Vectors of eight words, where threads run the kernels and not lanes: there a work-item has enough
 * to do for all of them. LIQ_GUESS_U64X8 is about 2^64 / n for n of 2^31 .. 2^32, cut to an
 * integer, LIQ_FLOAT_BITS_U64X8 words as floats of 53 bits, LIQ_MILLIONTHS_U64X8 about the 10^6th
 * part of words below 2^62, LIQ_U64X8_ANY zero when all words are.
 */
#if defined(LIQ_INT128) && !defined(LIQ_CALLS) && defined(cl_khr_fp64) && defined(__clang__)
#define LIQ_HAS_LANES 1
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef ulong8 liq_u64x8;
typedef long8 liq_i64x8;
#define LIQ_U64X8(a, b, c, d, e, f, g, h) ((ulong8)(a, b, c, d, e, f, g, h))
#define LIQ_U64X8_ALL(word) ((ulong8)(word))
#define LIQ_I64X8_ALL(word) ((long8)(word))
#define LIQ_AS_U64X8(vector) as_ulong8(vector)
#define LIQ_AS_I64X8(vector) as_long8(vector)
#define LIQ_U64X8_LOAD(address) vload8(0, address)
#define LIQ_U64X8_STORE(address, vector) vstore8(vector, 0, address)
/* PoCL's own conversions are put together lane by lane. */
#define LIQ_GUESS_U64X8(n)                                                                         \
    as_ulong8(__builtin_convertvector(                                                             \
        (double8)(0x1p64) / __builtin_convertvector(as_long8(n), double8), long8))
#define LIQ_FLOAT_BITS_U64X8(words) as_ulong8(__builtin_convertvector(words, double8))
#define LIQ_MILLIONTHS_U64X8(words)                                                                \
    as_ulong8(__builtin_convertvector(                                                             \
        __builtin_convertvector(as_long8(words), double8) * (double8)(1e-6), long8))
#define LIQ_BYTES_I32X8(words) __builtin_convertvector(words, uchar8)
typedef uchar8 liq_u8x8;
#define LIQ_F32X8_LOAD(address) vload8(0, address)
/* In one word, to a multiple of eight bytes of global memory. */
#define LIQ_U8X8_STORE(address, vector) (*(__global ulong *)(address) = as_ulong(vector))
#define LIQ_U8X8_WORD(vector) as_ulong(vector)

LIQ_INLINE liq_u64 LIQ_U64X8_ANY(liq_u64x8 words)
{
    const ulong4 four = words.lo | words.hi;
    const ulong2 two = four.lo | four.hi;

    return two.x | two.y;
}
#else
#define LIQ_HAS_LANES 0
#endif

/* The host asks for it on a CPU: PoCL's own mul_hi is put together from halves. */
#if defined(LIQ_INT128) && defined(__SIZEOF_INT128__)

#define LIQ_HAS_INT128 1

__extension__ typedef __int128 liq_dialect_i128;
__extension__ typedef unsigned __int128 liq_dialect_u128;

LIQ_INLINE liq_u64 liq_multiply_high(liq_u64 left, liq_u64 right)
{
    return (liq_u64)(((liq_dialect_u128)left * right) >> 64);
}

LIQ_INLINE liq_i64 liq_multiply_high_signed(liq_i64 left, liq_i64 right)
{
    return (liq_i64)(((liq_dialect_i128)left * right) >> 64);
}

#else

#define LIQ_HAS_INT128 0

LIQ_INLINE liq_u64 liq_multiply_high(liq_u64 left, liq_u64 right)
{
    return mul_hi(left, right);
}

LIQ_INLINE liq_i64 liq_multiply_high_signed(liq_i64 left, liq_i64 right)
{
    return mul_hi(left, right);
}

#endif

/* How many zeros stand above the first one; value is not zero. */
LIQ_INLINE liq_u32 liq_leading_zeros(liq_u64 value)
{
    return (liq_u32)clz(value);
}

#else

#ifdef __OPENCL_C_VERSION__
#error "an OpenCL compiler needs -DLIQ_DEVICE=1"
#endif

#include <stdint.h>

typedef int64_t liq_i64;
typedef uint64_t liq_u64;
typedef int32_t liq_i32;
typedef uint32_t liq_u32;
typedef uint16_t liq_u16;
typedef uint8_t liq_u8;
typedef float liq_f32;
typedef liq_f32 liq_f32x2 __attribute__((vector_size(8)));
typedef liq_f32 liq_f32x8 __attribute__((vector_size(32)));
typedef liq_i32 liq_i32x8 __attribute__((vector_size(32)));

#define LIQ_GLOBAL

#define LIQ_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)

#define LIQ_F32X8(a, b, c, d, e, f, g, h) ((liq_f32x8){a, b, c, d, e, f, g, h})
#define LIQ_I32X8(a, b, c, d, e, f, g, h) ((liq_i32x8){a, b, c, d, e, f, g, h})
#define LIQ_LANE(vector, lane) ((vector)[lane])
#define LIQ_AS_F32X8(bits) ((liq_f32x8)(bits))
#define LIQ_AS_I32X8(vector) ((liq_i32x8)(vector))

/* The bits of a float as an integer. */
LIQ_INLINE liq_i32 LIQ_FLOAT_BITS(liq_f32 value)
{
    const union {
        liq_f32 value;
        liq_i32 bits;
    } out = {value};

    return out.bits;
}

#define LIQ_HAS_LANES 1

typedef liq_u64 liq_u64x8 __attribute__((vector_size(64)));
typedef liq_i64 liq_i64x8 __attribute__((vector_size(64)));
typedef double liq_f64x8 __attribute__((vector_size(64)));
/* Nothing that takes or gives one has a name outside its file. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* One that lies anywhere. */
typedef liq_u64 liq_u64x8_any __attribute__((vector_size(64), aligned(8), may_alias));

#define LIQ_U64X8(a, b, c, d, e, f, g, h) ((liq_u64x8){a, b, c, d, e, f, g, h})
#define LIQ_U64X8_ALL(word) ((liq_u64x8){0} + (liq_u64)(word))
#define LIQ_I64X8_ALL(word) ((liq_i64x8){0} + (liq_i64)(word))
#define LIQ_AS_U64X8(vector) ((liq_u64x8)(vector))
#define LIQ_AS_I64X8(vector) ((liq_i64x8)(vector))
#define LIQ_U64X8_LOAD(address) (*(const liq_u64x8_any *)(address))
#define LIQ_U64X8_STORE(address, vector) (*(liq_u64x8_any *)(address) = (vector))
#define LIQ_GUESS_U64X8(n)                                                                         \
    ((liq_u64x8) __builtin_convertvector(                                                          \
        0x1p64 / __builtin_convertvector((liq_i64x8)(n), liq_f64x8), liq_i64x8))
#define LIQ_FLOAT_BITS_U64X8(words) ((liq_u64x8) __builtin_convertvector(words, liq_f64x8))
#define LIQ_MILLIONTHS_U64X8(words)                                                                \
    ((liq_u64x8) __builtin_convertvector(                                                          \
        __builtin_convertvector((liq_i64x8)(words), liq_f64x8) * 1e-6, liq_i64x8))
#define LIQ_BYTES_I32X8(words) __builtin_convertvector(words, liq_u8x8)
typedef uint8_t liq_u8x8 __attribute__((vector_size(8)));

typedef liq_f32 liq_f32x8_any __attribute__((vector_size(32), aligned(4), may_alias));
typedef liq_u8 liq_u8x8_any __attribute__((vector_size(8), aligned(1), may_alias));
#define LIQ_F32X8_LOAD(address) (*(const liq_f32x8_any *)(address))
#define LIQ_U8X8_STORE(address, vector) (*(liq_u8x8_any *)(address) = (vector))
#define LIQ_U8X8_WORD(vector) ((liq_u64)(vector))

LIQ_INLINE liq_u64 LIQ_U64X8_ANY(liq_u64x8 words)
{
    return words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
}

#define LIQ_HAS_INT128 1

__extension__ typedef __int128 liq_dialect_i128;
__extension__ typedef unsigned __int128 liq_dialect_u128;

/* The primitives that the two compilers spell differently. */
LIQ_INLINE liq_u64 liq_multiply_high(liq_u64 left, liq_u64 right)
{
    return (liq_u64)(((liq_dialect_u128)left * right) >> 64);
}

LIQ_INLINE liq_i64 liq_multiply_high_signed(liq_i64 left, liq_i64 right)
{
    return (liq_i64)(((liq_dialect_i128)left * right) >> 64);
}

LIQ_INLINE liq_u32 liq_leading_zeros(liq_u64 value)
{
    return (liq_u32)__builtin_clzll(value);
}

#endif

#endif
