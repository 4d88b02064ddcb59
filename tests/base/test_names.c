#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/support_random.h"

static liq_names *create(void)
{
    liq_names *names = NULL;

    cr_assert(liq_names_create(&names, NULL) == LIQ_OK);
    return names;
}

static void add(liq_names *names, const char *name)
{
    uint32_t index = 0;
    const uint32_t expected = liq_names_count(names);

    cr_assert(liq_names_add(names, liq_text_of(name), &index, NULL) == LIQ_OK);
    cr_assert(index == expected);
}

Test(names, gives_indices_from_zero_upward)
{
    liq_names *names = create();
    uint32_t index = 9;

    cr_expect(liq_names_count(names) == 0);
    cr_expect(!liq_names_find(names, liq_text_of("BTC"), &index) && index == 9);
    add(names, "BTC");
    add(names, "ETH");
    add(names, "btc");
    cr_expect(liq_names_count(names) == 3);
    cr_expect(liq_names_find(names, liq_text_of("ETH"), &index) && index == 1);
    cr_expect(liq_names_find(names, liq_text_of("btc"), &index) && index == 2);
    cr_expect(strcmp(liq_names_get(names, 0), "BTC") == 0);
    liq_names_destroy(names);
    liq_names_destroy(NULL);
}

Test(names, tells_names_apart_by_every_byte)
{
    static const liq_text texts[] = {{"", 0},         {"\0", 1},         {"\0\0", 2},
                                     {"a", 1},        {"a\0", 2},        {"\0a", 2},
                                     {"aaaaaaaa", 8}, {"aaaaaaaa\0", 9}, {"aaaaaaaaa", 9},
                                     {"aaaaaaab", 8}, {"baaaaaaa", 8},   {"aaaaaaaaaaaaaaaa", 16},
                                     {"\xc3\xa9", 2}, {"\xc3", 1}};
    const uint32_t count = sizeof texts / sizeof texts[0];
    liq_names *names = create();
    uint32_t index = 0;

    for (uint32_t i = 0; i < count; i++)
        cr_expect(liq_names_add(names, texts[i], &index, NULL) == LIQ_OK && index == i);
    for (uint32_t i = 0; i < count; i++)
        cr_expect(liq_names_find(names, texts[i], &index) && index == i);
    liq_names_destroy(names);
}

Test(names, refuses_a_name_twice_and_gives_its_index)
{
    liq_names *names = create();
    uint32_t index = 9;
    liq_error error = {.message = ""};

    add(names, "BTC");
    add(names, "ETH");
    cr_expect(liq_names_add(names, liq_text_of("BTC"), &index, &error) == LIQ_DUPLICATE);
    cr_expect(index == 0 && liq_names_count(names) == 2);
    cr_expect(strcmp(error.message, "the name \"BTC\" is there already") == 0, "%s", error.message);
    liq_names_destroy(names);
}

Test(names, stops_the_program_for_an_index_past_the_last, .signal = SIGABRT)
{
    liq_names *names = create();

    add(names, "BTC");
    (void)liq_names_get(names, 1);
}

Test(names, knows_what_may_be_a_name)
{
    static const char *const good[] = {
        "a", "BTC-PERP", "1000BONK/USDC:USDC", "a b", "\xc3\xa9", "a,b\"c", ":"};
    static const liq_text bad[] = {{"", 0},     {" ", 1},     {" a", 2},   {"a ", 2},
                                   {"a\0b", 3}, {"a\n", 2},   {"\ta", 2},  {"a\x7f", 2},
                                   {"\xff", 1}, {"a\xc3", 2}, {"\x1f", 1}, {"\xed\xa0\x80", 3}};
    char longest[LIQ_NAME_BYTES_MAX + 1];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect(liq_names_valid(liq_text_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect(!liq_names_valid(bad[i]), "case %zu", i);
    memset(longest, 'x', sizeof longest);
    cr_expect(liq_names_valid((liq_text){longest, LIQ_NAME_BYTES_MAX}));
    cr_expect(!liq_names_valid((liq_text){longest, LIQ_NAME_BYTES_MAX + 1}));
}

static int strings_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Draw a name with a common beginning, so that keys of the sort tie and differ late. */
static void name_draw(random_source *source, const char *prefix, char *out)
{
    size_t used = (size_t)sprintf(out, "%s", prefix);
    const uint64_t count = random_below(source, 24);

    for (uint64_t i = 0; i < count; i++)
        out[used++] = "ab\xc3z01"[random_below(source, random_below(source, 3) == 0 ? 6 : 2)];
    out[used] = '\0';
}

/* Fill a table at random, sort it, and compare with qsort. */
static void sort_check(random_source *source, const char *prefix, uint32_t count)
{
    char **strings = calloc(count + 1, sizeof *strings);
    char **before = calloc(count + 1, sizeof *before);
    uint32_t *moved = calloc(count + 1, sizeof *moved);
    liq_names *names = create();
    uint32_t index = 0;

    while (liq_names_count(names) < count) {
        char name[64];

        name_draw(source, prefix, name);
        if (liq_names_add(names, liq_text_of(name), &index, NULL) == LIQ_OK)
            strings[index] = before[index] = strdup(name);
    }
    qsort(strings, count, sizeof *strings, strings_compare);
    cr_assert(liq_names_sort(names, moved, NULL) == LIQ_OK);
    cr_expect(liq_names_count(names) == count);
    for (uint32_t i = 0; i < count; i++) {
        cr_expect(strcmp(liq_names_get(names, i), strings[i]) == 0);
        cr_expect(strcmp(liq_names_get(names, moved[i]), before[i]) == 0);
        cr_expect(liq_names_find(names, liq_text_of(before[i]), &index) && index == moved[i]);
    }
    cr_expect(liq_names_sort(names, moved, NULL) == LIQ_OK);
    for (uint32_t i = 0; i < count; i++)
        cr_expect(moved[i] == i);
    add(names, "after the sort"); /* the table still grows */
    cr_expect(liq_names_find(names, liq_text_of("after the sort"), &index) && index == count);
    for (uint32_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
    free(before);
    free(moved);
    liq_names_destroy(names);
}

Test(names, sorts_by_bytes_and_tells_where_each_went)
{
    random_source source = random_start();

    for (uint32_t count = 0; count < 40; count++)
        sort_check(&source, "", count);
    for (uint32_t count = 0; count < 40; count++)
        sort_check(&source, "account-of-many-bytes-", count);
    sort_check(&source, "", 20000);
    sort_check(&source, "0x", 5000);
}

Test(names, holds_very_many)
{
    const uint32_t count = 1000000;
    liq_names *names = create();
    char name[32];
    uint32_t index = 0;

    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "account-%u", i * 2654435769u);
        add(names, name);
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "account-%u", i * 2654435769u);
        cr_assert(liq_names_find(names, liq_text_of(name), &index) && index == i);
        (void)snprintf(name, sizeof name, "missing-%u", i);
        cr_assert(!liq_names_find(names, liq_text_of(name), &index));
    }
    liq_names_destroy(names);
}

Test(names, finds_a_batch_or_says_that_one_is_missing)
{
    char texts[LIQ_NAMES_BATCH][32];
    liq_text batch[LIQ_NAMES_BATCH];
    uint32_t found[LIQ_NAMES_BATCH];
    liq_names *names = NULL;
    uint32_t index;

    cr_assert_eq(liq_names_create(&names, NULL), LIQ_OK);
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(texts[0], sizeof texts[0], "name-%u", i);
        cr_assert_eq(liq_names_add(names, liq_text_of(texts[0]), &index, NULL), LIQ_OK);
    }
    for (uint32_t i = 0; i < LIQ_NAMES_BATCH; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "name-%u", i * 77);
        batch[i] = liq_text_of(texts[i]);
    }
    cr_expect(liq_names_find_batch(names, batch, LIQ_NAMES_BATCH, found));
    for (uint32_t i = 0; i < LIQ_NAMES_BATCH; i++)
        cr_expect_eq(found[i], i * 77);
    cr_expect(liq_names_find_batch(names, batch, 0, found));
    for (uint32_t i = 0; i < LIQ_NAMES_BATCH; i++) {
        batch[i] = liq_text_of("name-5000");
        cr_expect_not(liq_names_find_batch(names, batch, LIQ_NAMES_BATCH, found), "%u", i);
        batch[i] = liq_text_of(texts[i]);
    }
    liq_names_destroy(names);
}

Test(names, takes_names_that_are_in_order_as_they_are)
{
    static const char text[] = "a\0ab\0b\0\xc3\xa4";
    static const size_t places[] = {0, 2, 5, 7, 10};
    char *bytes = malloc(sizeof text);
    size_t *starts = malloc(sizeof places);
    const liq_text both[] = {liq_text_of("b"), liq_text_of("ab")};
    const liq_text missing[] = {liq_text_of("b"), liq_text_of("c")};
    liq_names *names = NULL;
    uint32_t found[2];
    uint32_t order[5];
    uint32_t index;

    cr_assert(bytes != NULL && starts != NULL);
    memcpy(bytes, text, sizeof text);
    memcpy(starts, places, sizeof places);
    cr_assert_eq(liq_names_adopt(&names, bytes, starts, 4, false, NULL), LIQ_OK);
    cr_expect_eq(liq_names_count(names), 4);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect(liq_names_find(names, liq_text_of(liq_names_get(names, i)), &index) &&
                  index == i);
    cr_expect_not(liq_names_find(names, liq_text_of("aa"), &index));
    cr_expect_not(liq_names_find(names, liq_text_of(""), &index));
    cr_expect_not(liq_names_find(names, liq_text_of("z"), &index));
    cr_expect(liq_names_find_batch(names, both, 2, found) && found[0] == 2 && found[1] == 1);
    cr_expect_not(liq_names_find_batch(names, missing, 2, found));
    cr_expect_eq(liq_names_add(names, liq_text_of("ab"), &index, NULL), LIQ_DUPLICATE);
    cr_expect_eq(index, 1);
    cr_expect_eq(liq_names_add(names, liq_text_of("aa"), &index, NULL), LIQ_OK);
    cr_expect_eq(index, 4);
    for (uint32_t i = 0; i < 5; i++)
        cr_expect(liq_names_find(names, liq_text_of(liq_names_get(names, i)), &index) &&
                  index == i);
    cr_expect_eq(liq_names_sort(names, order, NULL), LIQ_OK);
    cr_expect_str_eq(liq_names_get(names, 1), "aa");
    cr_expect_eq(order[4], 1);
    liq_names_destroy(names);
}

/* Every length up to four words and each byte of it counts, whichever way names are looked up. */
Test(names, tells_names_apart_that_differ_in_one_byte)
{
    enum { LENGTHS = 33 };
    char *bytes = malloc(LENGTHS * (LENGTHS + 1));
    size_t *starts = malloc((LENGTHS + 1) * sizeof *starts);
    liq_names *names = NULL;
    uint32_t index;

    cr_assert(bytes != NULL && starts != NULL);
    starts[0] = 0;
    for (size_t i = 0; i < LENGTHS; i++) {
        memset(bytes + starts[i], 'm', i + 1);
        bytes[starts[i] + i + 1] = '\0';
        starts[i + 1] = starts[i] + i + 2;
    }
    cr_assert_eq(liq_names_adopt(&names, bytes, starts, LENGTHS, false, NULL), LIQ_OK);
    cr_expect(liq_names_sorted(names));
    for (int hashed = 0; hashed < 2; hashed++) {
        for (uint32_t i = 0; i < LENGTHS; i++) {
            char name[LENGTHS + 1];
            const liq_text text = {name, i + 1};

            memset(name, 'm', i + 1);
            cr_expect(liq_names_find(names, text, &index) && index == i);
            for (uint32_t at = 0; at <= i; at++) {
                name[at] = 'n';
                cr_expect_not(liq_names_find(names, text, &index), "%u, %u", i, at);
                name[at] = 'm';
            }
        }
        cr_expect_eq(liq_names_hash(names, NULL), LIQ_OK);
    }
    cr_expect(liq_names_sorted(names));
    cr_expect_eq(liq_names_add(names, liq_text_of("a"), &index, NULL), LIQ_OK);
    cr_expect_not(liq_names_sorted(names));
    liq_names_destroy(names);
}

Test(names, adds_to_a_copy_of_names_that_are_lent)
{
    static const char text[] = "a\0c";
    static const size_t places[] = {0, 2, 4};
    char bytes[sizeof text];
    size_t starts[3];
    liq_names *names = NULL;
    uint32_t index;

    memcpy(bytes, text, sizeof text);
    memcpy(starts, places, sizeof places);
    cr_assert_eq(liq_names_adopt(&names, bytes, starts, 2, true, NULL), LIQ_OK);
    cr_expect_eq(liq_names_block(names), bytes);
    cr_expect_eq(liq_names_bytes(names), 4);
    cr_expect_eq(liq_names_hash(names, NULL), LIQ_OK);
    cr_expect(liq_names_find(names, liq_text_of("c"), &index) && index == 1);
    liq_names_destroy(names);
    cr_assert_eq(liq_names_adopt(&names, bytes, starts, 2, true, NULL), LIQ_OK);
    for (uint32_t i = 0; i < 100; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "b-%u", i);
        cr_expect_eq(liq_names_add(names, liq_text_of(name), &index, NULL), LIQ_OK);
        cr_expect_eq(index, i + 2);
    }
    cr_expect(memcmp(bytes, text, sizeof text) == 0 && memcmp(starts, places, sizeof places) == 0);
    cr_expect(liq_names_find(names, liq_text_of("a"), &index) && index == 0);
    cr_expect(liq_names_find(names, liq_text_of("b-99"), &index) && index == 101);
    liq_names_destroy(names);
}

/* Every byte at every place of names of every length, against a walk over the bytes. */
Test(names, knows_names_from_what_cannot_be_one)
{
    for (size_t bytes = 1; bytes < 20; bytes++)
        for (size_t at = 0; at < bytes; at++)
            for (int value = 0; value < 256; value++) {
                const bool at_end = at == 0 || at == bytes - 1;
                const bool expected = value >= 0x20 && value < 0x7f && !(value == ' ' && at_end);
                char name[20];

                memset(name, 'x', sizeof name);
                name[at] = (char)value;
                cr_assert_eq(liq_names_valid((liq_text){name, bytes}), expected,
                             "byte %d at %zu of %zu", value, at, bytes);
            }
}
