#include <criterion/criterion.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

Test(memory, gives_zeroed_arrays)
{
    void *array = NULL;

    cr_assert(liq_memory_array(&array, 1000, 8, NULL) == LIQ_OK);
    for (size_t i = 0; i < 1000; i++)
        cr_expect(((uint64_t *)array)[i] == 0);
    free(array);
}

Test(memory, gives_a_pointer_for_no_items)
{
    void *array = NULL;

    cr_expect(liq_memory_array(&array, 0, 8, NULL) == LIQ_OK && array != NULL);
    free(array);
}

Test(memory, refuses_products_that_overflow)
{
    static const struct {
        size_t count;
        size_t item_bytes;
    } cases[] = {{SIZE_MAX, 2}, {SIZE_MAX / 2 + 1, 2}, {1, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *array = NULL;
        size_t capacity = 0;
        liq_error error = {.message = ""};

        cr_expect(liq_memory_array(&array, cases[i].count, cases[i].item_bytes, &error) ==
                      LIQ_OUT_OF_MEMORY &&
                  array == NULL);
        cr_expect(strncmp(error.message, "out of memory for ", 18) == 0, "%s", error.message);
        cr_expect(liq_memory_grow(&array, &capacity, cases[i].count, cases[i].item_bytes, &error) ==
                      LIQ_OUT_OF_MEMORY &&
                  array == NULL && capacity == 0);
    }
}

Test(memory, grows_by_doubling_and_keeps_what_was_there)
{
    void *array = NULL;
    size_t capacity = 0;
    size_t moves = 0;

    for (uint32_t i = 0; i < 100000; i++) {
        const size_t before = capacity;

        cr_assert(liq_memory_grow(&array, &capacity, i + 1u, sizeof i, NULL) == LIQ_OK);
        cr_assert(capacity > i);
        cr_assert(((uint32_t *)array)[i] == 0);
        ((uint32_t *)array)[i] = i;
        moves += capacity != before;
    }
    for (uint32_t i = 0; i < 100000; i++)
        cr_assert(((uint32_t *)array)[i] == i);
    cr_expect(moves < 20, "%zu", moves);
    free(array);
}

Test(memory, does_not_shrink)
{
    void *array = NULL;
    size_t capacity = 0;

    cr_assert(liq_memory_grow(&array, &capacity, 100, 1, NULL) == LIQ_OK && capacity >= 100);
    cr_assert(liq_memory_grow(&array, &capacity, 1, 1, NULL) == LIQ_OK && capacity >= 100);
    free(array);
}

Test(memory, extends_like_growing_and_keeps_what_was_there)
{
    void *array = NULL;
    size_t capacity = 0;

    cr_assert_eq(liq_memory_extend(&array, &capacity, 1, sizeof(uint32_t), NULL), LIQ_OK);
    *(uint32_t *)array = 77;
    cr_assert_eq(liq_memory_extend(&array, &capacity, 100000, sizeof(uint32_t), NULL), LIQ_OK);
    cr_expect_geq(capacity, 100000);
    cr_expect_eq(*(uint32_t *)array, 77);
    cr_expect_eq(liq_memory_extend(&array, &capacity, SIZE_MAX / 2, 4, NULL), LIQ_OUT_OF_MEMORY);
    liq_memory_touch(array, capacity * sizeof(uint32_t));
    liq_memory_touch((char *)array + 5, 3);
    liq_memory_expect(array, capacity * sizeof(uint32_t));
    liq_memory_expect((char *)array + 5, 3);
    cr_expect_eq(*(uint32_t *)array, 77);
    free(array);
}
