/*
 * Data that lies beside the repository, too large or not ours to ship: real
 * tier tables, worked examples. A test that needs it is skipped where it is
 * absent, and fails there when LIQ_REQUIRE_SHARED=1.
 */
#ifndef LIQ_TESTS_SHARED_DATA_H
#define LIQ_TESTS_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

/**
 * The path of a file or folder of the shared data: $LIQ_SHARED_DIR, else
 * ../shared of the repository. Leaves the test when it is not there.
 * @param path      receives the path
 * @param bytes     size of path
 * @param relative  such as "data/binance_leverage_tiers.json"
 */
static inline void shared_data_path(char *path, size_t bytes, const char *relative)
{
    const char *folder = getenv("LIQ_SHARED_DIR");
    const char *required = getenv("LIQ_REQUIRE_SHARED");
    const int length = snprintf(
        path, bytes, "%s/%s",
        folder != NULL && folder[0] != '\0' ? folder : LIQ_SOURCE_DIR "/../shared", relative);

    cr_assert(length > 0 && (size_t)length < bytes, "the path of %s is too long", relative);
    if (access(path, R_OK) == 0)
        return;
    if (required != NULL && strcmp(required, "1") == 0)
        cr_assert_fail("%s is not there, and LIQ_REQUIRE_SHARED=1", path);
    /* Not cr_log_warn: a warning makes the whole program exit 1. */
    (void)fprintf(stderr, "%s is not there: skipped\n", path);
    cr_skip_test("%s is not there", path);
}

#endif
