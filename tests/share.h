/*
 * How much of its work a random test does. A sanitizer makes each book several times as slow and
 * is after paths, which a share of the books takes as well.
 */
#ifndef LIQ_TESTS_SHARE_H
#define LIQ_TESTS_SHARE_H

#if defined(__SANITIZE_ADDRESS__)
enum { LIQ_TEST_SHARE = 4 };
#else
enum { LIQ_TEST_SHARE = 1 };
#endif

#endif
