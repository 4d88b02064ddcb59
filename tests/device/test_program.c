#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/cache.h"
#include "device/program.h"
#include "share.h"
#include "support_device.h"

enum { SMALL_ITEMS = 1000, LARGE_ITEMS = 100000, MESSAGE_BYTES = 256, LONG_MS = 120000 };

/* Build and run in a process of its own, since the caller may do so again; the child's exit code:
 * see support_round. */
static int round_in_child(bool must_be_cached, size_t count)
{
    const pid_t child = support_fork();

    if (child == 0)
        exit(support_round(must_be_cached, count));
    return support_wait(child);
}

Test(program, comes_from_the_cache_the_second_time)
{
    support_device_needed();
    (void)support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0);
}

Test(program, is_not_mistaken_for_another)
{
    const char *const folder = support_cache_fresh();
    liq_device *const device = support_device_open();
    static const char *const options[] = {"", "-DA=1", "-DA=2"};
    static const char *const sources[] = {"__kernel void f(__global int *a) { a[0] = 1; }",
                                          "__kernel void f(__global int *a) { a[0] = 2; }"};
    liq_program *programs[6] = {NULL};

    for (size_t i = 0; i < 6; i++) {
        cr_assert_eq(liq_program_build(&programs[i], device, sources[i % 2], options[i / 2], NULL),
                     LIQ_OK);
        cr_expect_not(liq_program_cached(programs[i]));
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(programs[i], programs[j], "%zu and %zu", i, j);
    }
    for (size_t i = 0; i < 6; i++)
        liq_program_destroy(programs[i]);
    cr_expect_eq(support_entries(folder), 6);
    liq_device_close(device);
}

Test(program, takes_no_options_as_empty_ones)
{
    liq_device *const device = support_device_open();
    liq_program *program = NULL;

    cr_assert_eq(liq_program_build(&program, device, support_source, NULL, NULL), LIQ_OK);
    liq_program_destroy(program);
    liq_program_destroy(NULL);
    liq_device_close(device);
}

/* Every tenth of the file damaged, and cut, and emptied, and replaced by noise. */
static void damage(const char *path, unsigned way, off_t size)
{
    const off_t at = size * (off_t)(way % 10) / 10;
    const int file = open(path, O_RDWR);
    unsigned char value;

    cr_assert(file >= 0);
    if (way < 10) {
        cr_assert_eq(pread(file, &value, 1, at), 1);
        value ^= 1;
        cr_assert_eq(pwrite(file, &value, 1, at), 1);
    } else {
        cr_assert_eq(ftruncate(file, at), 0);
    }
    (void)close(file);
}

Test(program, is_built_again_when_its_file_is_damaged)
{
    const char *folder;
    struct stat facts;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    for (unsigned way = 0; way < 20; way += 3 * LIQ_TEST_SHARE) {
        const char *const path = support_only_file(folder, ".program");

        cr_assert_eq(stat(path, &facts), 0);
        damage(path, way, facts.st_size);
        cr_expect_eq(round_in_child(true, SMALL_ITEMS), 30, "way %u", way);
        cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0, "way %u", way);
    }
}

Test(program, is_built_by_two_processes_at_once)
{
    pid_t children[4];
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    for (unsigned i = 0; i < 4; i++) {
        children[i] = support_fork();
        if (children[i] == 0)
            exit(support_round(false, SMALL_ITEMS));
    }
    for (unsigned i = 0; i < 4; i++)
        cr_expect_eq(support_wait(children[i]), 0);
    cr_expect_eq(support_entries(folder), 1);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0);
}

/* Keep the entry's head and hash right, but cut its binary down to the first bytes, or replace it.
 */
static void entry_replace(const char *folder, const char *binary, size_t bytes)
{
    const char *const path = support_only_file(folder, ".program");
    char key[LIQ_HASH_HEX_BYTES] = "";
    liq_cache_entry entry;

    memcpy(key, strrchr(path, '/') + 1, sizeof key - 1);
    cr_assert(liq_cache_load(&entry, key));
    if (binary != NULL)
        memcpy(entry.binary, binary, bytes);
    entry.binary_bytes = bytes;
    cr_assert(liq_cache_store(&entry, key));
    liq_cache_clear(&entry);
}

Test(program, is_built_again_when_the_driver_refuses_its_binary)
{
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    entry_replace(folder, "no program", 10);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 30);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0);
}

static int works(void *context, char *message, size_t message_bytes)
{
    const int result = support_round(false, SMALL_ITEMS);

    (void)context;
    if (result != 0)
        (void)snprintf(message, message_bytes, "round gave %d", result);
    return result;
}

/* PoCL asserts, and so ends the process, on a binary that is cut short. */
Test(program, that_the_driver_dies_of_is_healed_by_a_check_in_a_child)
{
    char message[MESSAGE_BYTES];
    const char *folder;

#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("the driver reads past the binary, as we mean it to");
#endif
    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    entry_replace(folder, NULL, 5000);
    cr_expect_eq(liq_device_in_child(works, NULL, message, sizeof message, LONG_MS, NULL), LIQ_OK,
                 "%s", message);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0, "the check has stored a sound one");
}

static uint32_t variants_stored(const char *folder)
{
    const char *const path = support_only_file(folder, ".program");
    char key[LIQ_HASH_HEX_BYTES] = "";
    liq_cache_entry entry;
    uint32_t count;

    memcpy(key, strrchr(path, '/') + 1, sizeof key - 1);
    cr_assert(liq_cache_load(&entry, key));
    count = entry.variant_count;
    liq_cache_clear(&entry);
    return count;
}

Test(program, learns_the_launches_that_came_after_the_first_store)
{
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    if (variants_stored(folder) == 0)
        cr_skip_test("this driver compiles at build time only");
    cr_expect_eq(variants_stored(folder), 1);
    cr_assert_eq(round_in_child(true, SMALL_ITEMS), 0);
    cr_expect_eq(variants_stored(folder), 1);
    cr_assert_eq(round_in_child(true, LARGE_ITEMS), 0);
    cr_expect_eq(variants_stored(folder), 2);
    cr_assert_eq(round_in_child(true, LARGE_ITEMS), 0);
    cr_expect_eq(variants_stored(folder), 2);
}

/* Each of two users launches another size; what is stored is ready for both. */
static int shared_round(void)
{
    liq_program *programs[2] = {NULL, NULL};
    liq_device *device = NULL;
    int result = 0;

    if (liq_device_open(&device, 0, NULL) != LIQ_OK)
        return 10;
    for (size_t i = 0; i < 2; i++)
        if (liq_program_build(&programs[i], device, support_source, "", NULL) != LIQ_OK)
            return 11;
    if (programs[0] != programs[1])
        result = 12;
    if (support_run(device, programs[0], SMALL_ITEMS) != 0)
        result = 13;
    liq_program_destroy(programs[0]);
    if (support_run(device, programs[1], LARGE_ITEMS) != 0)
        result = 14;
    liq_program_destroy(programs[1]);
    liq_device_close(device);
    return result;
}

Test(program, is_one_for_all_who_build_it_at_once)
{
    const char *folder;
    uint32_t variants;
    pid_t child;

    support_device_needed();
    folder = support_cache_fresh();
    child = support_fork();
    if (child == 0)
        exit(shared_round());
    cr_assert_eq(support_wait(child), 0);
    variants = variants_stored(folder); /* 0: this driver compiles at build time only */
    cr_expect(variants == 0 || variants == 2, "%u", variants);
    cr_expect_eq(round_in_child(true, LARGE_ITEMS), 0);
}

Test(program, survives_a_cache_that_cannot_be_written)
{
    static const char *const bogus[] = {"/proc/nowhere", "/etc/passwd", "relative", "/dev/null/x"};

    support_device_needed();
    support_kernels_kept();
    for (size_t i = 0; i < sizeof bogus / sizeof bogus[0]; i++) {
        cr_assert_eq(setenv("LIQ_CACHE_DIR", bogus[i], 1), 0);
        cr_expect_eq(round_in_child(false, SMALL_ITEMS), 0, "%s", bogus[i]);
    }
    cr_assert_eq(unsetenv("LIQ_CACHE_DIR"), 0);
    cr_assert_eq(unsetenv("XDG_CACHE_HOME"), 0);
    cr_assert_eq(unsetenv("HOME"), 0);
    cr_expect_eq(round_in_child(false, SMALL_ITEMS), 0, "no variable at all");
}

/* The program cache and the folder for drivers, both on one small file system. */
Test(program, survives_a_noexec_disk)
{
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    support_mount(folder, MS_NOEXEC, "size=64m,mode=700");
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    cr_expect_eq(round_in_child(true, SMALL_ITEMS), 0, "noexec is no matter for our own cache");
}

Test(program, survives_a_full_disk)
{
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    support_mount(folder, 0, "size=16k,mode=700");
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    cr_expect_eq(support_entries(folder), 0);
}

Test(program, survives_a_read_only_disk)
{
    const char *folder;

    support_device_needed();
    folder = support_cache_fresh();
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    support_mount(folder, 0, "size=1m,mode=700");
    support_remount_read_only(folder);
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
}

/* With a folder that it cannot use, PoCL reports no device at all. */
Test(program, survives_a_user_folder_for_pocl_that_cannot_be_used)
{
    static const char *const bogus[] = {"/proc/nowhere", "/etc/passwd", "relative", ""};

    support_device_needed();
    for (size_t i = 0; i < sizeof bogus / sizeof bogus[0]; i++) {
        cr_assert_eq(setenv("POCL_CACHE_DIR", bogus[i], 1), 0);
        cr_expect_eq(round_in_child(false, SMALL_ITEMS), 0, "\"%s\"", bogus[i]);
        cr_expect_str_eq(getenv("POCL_CACHE_DIR"), bogus[i]);
    }
}

Test(program, leaves_a_user_folder_for_pocl_in_use)
{
    const char *folder;
    liq_device *device;

    folder = support_folder();
    cr_assert_eq(setenv("POCL_CACHE_DIR", folder, 1), 0);
    device = support_device_open();
    if (strcmp(liq_device_describe(device)->platform, "Portable Computing Language") == 0)
        cr_expect(support_entries(folder) > 0);
    cr_expect_str_eq(getenv("POCL_CACHE_DIR"), folder);
    liq_device_close(device);
}

typedef struct wrong {
    const char *source;
    const char *options;
    const char *message;
} wrong;

static const wrong wrongs[] = {
    {"__kernel void f(__global int *a) { a[0] = nowhere; }", "", "nowhere"},
    {"__kernel void f(__global int *a) {\n  int unused;\n  a[0] = 1\n}", "", "error"},
    {"__kernel int f(void) { return 1; }", "", "error"},
    {"this is no program", "", "error"},
    {"__kernel void f(__global int *a) { a[0] = 1; }", "--no-such-option", "clBuildProgram: CL_"},
};

Test(program, names_the_call_and_the_error_when_it_does_not_build)
{
    const char *const folder = support_cache_fresh();
    liq_device *const device = support_device_open();

    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        liq_program *program = NULL;
        liq_error err = {0};

        cr_expect_eq(liq_program_build(&program, device, wrongs[i].source, wrongs[i].options, &err),
                     LIQ_DEVICE_FAULT, "row %zu", i);
        cr_expect_not_null(strstr(err.message, "clBuildProgram: CL_"), "%s", err.message);
        cr_expect_not_null(strstr(err.message, wrongs[i].message), "%s", err.message);
        cr_expect(err.native < 0);
        cr_expect_null(strchr(err.message, '\n'));
        cr_expect_null(program);
    }
    cr_expect_eq(support_entries(folder), 0);
    liq_device_close(device);
}

/* Build and launch; die when the program came from the cache. */
static int dies_of_the_cache(void *context, char *message, size_t message_bytes)
{
    uint32_t *const tries = context;
    const int result = support_round(true, SMALL_ITEMS);

    (void)snprintf(message, message_bytes, "round gave %d", result);
    *tries += 1;
    if (result == 0)
        abort();
    return result == 30 ? 0 : 1;
}

static int always_dies(void *context, char *message, size_t message_bytes)
{
    uint32_t *const tries = context;

    (void)support_round(false, SMALL_ITEMS);
    (void)message;
    (void)message_bytes;
    *tries += 1;
    abort();
}

static int never_loads(void *context, char *message, size_t message_bytes)
{
    uint32_t *const tries = context;

    (void)message;
    (void)message_bytes;
    *tries += 1;
    abort();
}

Test(program, that_crashes_from_the_cache_gets_one_more_try_without)
{
    uint32_t *const tries =
        mmap(NULL, sizeof *tries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char message[MESSAGE_BYTES];

    cr_assert(tries != MAP_FAILED);
    support_device_needed();
    (void)support_cache_fresh();
    cr_assert_eq(round_in_child(false, SMALL_ITEMS), 0);
    cr_expect_eq(
        liq_device_in_child(dies_of_the_cache, tries, message, sizeof message, LONG_MS, NULL),
        LIQ_OK, "%s", message);
    cr_expect_eq(*tries, 2);
    *tries = 0;
    cr_expect_eq(liq_device_in_child(always_dies, tries, message, sizeof message, LONG_MS, NULL),
                 LIQ_SELF_TEST);
    cr_expect_eq(strncmp(message, "signal 6 (SIGABRT)", 18), 0, "%s", message);
    cr_expect_eq(*tries, 2);
    *tries = 0;
    cr_expect_eq(liq_device_in_child(never_loads, tries, message, sizeof message, LONG_MS, NULL),
                 LIQ_SELF_TEST);
    cr_expect_eq(*tries, 1, "the cache had no part in it");
}
