#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "outlet/body.h"

enum { LARGE_BYTES = 300000 };

static liq_output output;
static liq_body body;
static char large[LARGE_BYTES];

Test(body, collects_what_an_output_writes)
{
    char *data = NULL;
    size_t bytes = 0;

    liq_body_start(&body, &output, LARGE_BYTES + 2);
    memset(large, 'x', sizeof large);
    liq_output_add(&output, "a", 1);
    for (int i = 0; i < 3; i++)
        liq_output_add(&output, large, LARGE_BYTES / 3);
    liq_output_add(&output, "b", 1);
    cr_assert_eq(liq_body_finish(&body, &output, &data, &bytes, NULL), LIQ_OK);
    cr_expect_eq(bytes, LARGE_BYTES + 2);
    cr_expect(data[0] == 'a' && data[bytes - 1] == 'b');
    cr_expect_eq(memcmp(data + 1, large, LARGE_BYTES), 0);
    free(data);
}

Test(body, gives_nothing_when_nothing_was_written)
{
    char *data = &large[0];
    size_t bytes = 7;

    liq_body_start(&body, &output, 10);
    cr_expect_eq(liq_body_finish(&body, &output, &data, &bytes, NULL), LIQ_OK);
    cr_expect_null(data);
    cr_expect_eq(bytes, 0);
}

Test(body, refuses_more_than_its_limit)
{
    char *data = NULL;
    size_t bytes = 0;
    liq_error err = {0};

    liq_body_start(&body, &output, LARGE_BYTES - 1);
    liq_output_add(&output, large, LARGE_BYTES);
    cr_expect(liq_output_failed(&output));
    liq_output_add(&output, "b", 1);
    cr_expect_eq(liq_body_finish(&body, &output, &data, &bytes, &err), LIQ_IO);
    cr_expect_eq(err.native, EFBIG);
    cr_expect_null(data);
    liq_body_drop(&body);
}

Test(body, can_be_given_up)
{
    liq_body_start(&body, &output, LARGE_BYTES);
    liq_output_add(&output, large, LARGE_BYTES);
    liq_body_drop(&body);
    cr_expect_null(body.data);
}
