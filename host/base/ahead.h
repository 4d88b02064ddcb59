/*
 * Memory that is needed soon is asked for before. Hints: nothing depends on them.
 */
#ifndef LIQ_BASE_AHEAD_H
#define LIQ_BASE_AHEAD_H

/** Any address will do. */
static inline void liq_ahead(const void *at)
{
    __builtin_prefetch(at, 1);
}

/** The same of what is only read: other processors keep theirs. */
static inline void liq_ahead_shared(const void *at)
{
    __builtin_prefetch(at, 0);
}

/** The same by reading a byte of it, for whose value nothing waits: a processor that does not know
 * the page may drop a prefetch, and in hundreds of megabytes it knows few. */
static inline void liq_ahead_read(const void *at)
{
    (void)*(const volatile char *)at;
}

#endif
