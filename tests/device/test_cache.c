#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "device/cache.h"
#include "device/folder.h"
#include "device/scratch.h"
#include "support_device.h"

static const char key_a[LIQ_HASH_HEX_BYTES] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char key_b[LIQ_HASH_HEX_BYTES] =
    "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char binary_text[] = "not really a program, but bytes all the same";

static bool store_text(const char *key, const char *text)
{
    liq_cache_entry entry = {
        .binary_bytes = strlen(text) + 1, .variants = {7, 9}, .variant_count = 2};
    bool stored;

    entry.binary = (unsigned char *)strdup(text);
    stored = liq_cache_store(&entry, key);
    liq_cache_clear(&entry);
    return stored;
}

static bool loads_text(const char *key, const char *text)
{
    liq_cache_entry entry;
    bool same;

    if (!liq_cache_load(&entry, key))
        return false;
    same = entry.binary_bytes == strlen(text) + 1 &&
           memcmp(entry.binary, text, entry.binary_bytes) == 0 && entry.variant_count == 2 &&
           entry.variants[0] == 7 && entry.variants[1] == 9;
    liq_cache_clear(&entry);
    return same;
}

Test(cache, gives_back_what_was_stored)
{
    const char *const folder = support_cache_fresh();

    cr_expect_not(loads_text(key_a, binary_text));
    cr_assert(store_text(key_a, binary_text));
    cr_expect(loads_text(key_a, binary_text));
    cr_expect_not(loads_text(key_b, binary_text));
    cr_assert(store_text(key_a, "another"));
    cr_expect(loads_text(key_a, "another"));
    cr_expect_eq(support_entries(folder), 1);
    liq_cache_drop(key_a);
    cr_expect_not(loads_text(key_a, "another"));
}

/* Each way to spoil the file at path; byte is one that the table walks over. */
typedef void spoil(const char *path, off_t byte);

static void flip_a_bit(const char *path, off_t byte)
{
    const int file = open(path, O_RDWR);
    unsigned char value;

    cr_assert(file >= 0 && pread(file, &value, 1, byte) == 1);
    value ^= 0x10;
    cr_assert_eq(pwrite(file, &value, 1, byte), 1);
    (void)close(file);
}

static void truncate_there(const char *path, off_t byte)
{
    cr_assert_eq(truncate(path, byte), 0);
}

static void append_something(const char *path, off_t byte)
{
    FILE *const file = fopen(path, "a");

    (void)byte;
    cr_assert_not_null(file);
    (void)fputc('x', file);
    (void)fclose(file);
}

static void let_others_write(const char *path, off_t byte)
{
    (void)byte;
    cr_assert_eq(chmod(path, 0622), 0);
}

static void put_a_folder(const char *path, off_t byte)
{
    (void)byte;
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
}

static void put_a_fifo(const char *path, off_t byte)
{
    (void)byte;
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
}

static void put_a_link(const char *path, off_t byte)
{
    char elsewhere[SUPPORT_PATH_BYTES * 2];

    (void)byte;
    (void)snprintf(elsewhere, sizeof elsewhere, "%s.moved", path);
    cr_assert_eq(rename(path, elsewhere), 0);
    cr_assert_eq(symlink(elsewhere, path), 0);
}

static void put_another_key(const char *path, off_t byte)
{
    char other[SUPPORT_PATH_BYTES];

    (void)byte;
    cr_assert(store_text(key_b, binary_text));
    (void)snprintf(other, sizeof other, "%s/%s.program", getenv("LIQ_CACHE_DIR"), key_b);
    cr_assert_eq(rename(other, path), 0);
}

Test(cache, takes_no_file_that_was_touched)
{
    static const struct {
        const char *name;
        spoil *how;
        bool each_byte;
    } ways[] = {
        {"flip_a_bit", flip_a_bit, true},      {"truncate_there", truncate_there, true},
        {"append", append_something, false},   {"let_others_write", let_others_write, false},
        {"put_a_folder", put_a_folder, false}, {"put_a_fifo", put_a_fifo, false},
        {"put_a_link", put_a_link, false},     {"put_another_key", put_another_key, false},
    };
    const char *const folder = support_cache_fresh();
    char path[SUPPORT_PATH_BYTES];
    struct stat facts;

    (void)snprintf(path, sizeof path, "%s/%s.program", folder, key_a);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        cr_assert(store_text(key_a, binary_text), "%s", ways[i].name);
        cr_assert_eq(stat(path, &facts), 0);
        for (off_t byte = 0; byte < (ways[i].each_byte ? facts.st_size : 1); byte++) {
            cr_assert(store_text(key_a, binary_text));
            ways[i].how(path, byte);
            cr_expect_not(loads_text(key_a, binary_text), "%s at %ld", ways[i].name, (long)byte);
        }
        (void)rmdir(path);
        cr_assert(store_text(key_a, binary_text), "%s: stores again", ways[i].name);
        cr_expect(loads_text(key_a, binary_text), "%s: loads again", ways[i].name);
    }
}

Test(cache, makes_its_folder_private_whatever_the_umask)
{
    static const mode_t masks[] = {0, 022, 077};

    for (size_t i = 0; i < 3; i++) {
        char path[SUPPORT_PATH_BYTES];
        struct stat facts;

        (void)snprintf(path, sizeof path, "%s/deep/er", support_folder());
        cr_assert_eq(setenv("LIQ_CACHE_DIR", path, 1), 0);
        (void)umask(masks[i]);
        cr_assert(store_text(key_a, binary_text));
        cr_assert_eq(stat(path, &facts), 0);
        cr_expect_eq(facts.st_mode & 07777, 0700, "%o", facts.st_mode & 07777);
        cr_assert_eq(stat(support_only_file(path, ".program"), &facts), 0);
        cr_expect_eq(facts.st_mode & 07777, 0600, "%o", facts.st_mode & 07777);
    }
}

/* Where the cache goes for these variables; NULL unsets, "" stays empty, %s is a fresh folder. */
typedef struct place {
    const char *name;
    const char *own;
    const char *xdg;
    const char *home;
    const char *expected; /* below the fresh folder; NULL: nothing in it, only in the scratch */
} place;

static const place places[] = {
    {"own", "%s/own", "%s/xdg", "%s", "own"},
    {"xdg", NULL, "%s/xdg", "%s", "xdg/liqscan"},
    {"empty own", "", "%s/xdg", "%s", "xdg/liqscan"},
    {"home", NULL, NULL, "%s", ".cache/liqscan"},
    {"empty xdg", NULL, "", "%s", ".cache/liqscan"},
    {"relative xdg", NULL, "xdg", "%s", ".cache/liqscan"},
    {"relative own", "own", NULL, "%s", NULL},
    {"own is a file", "/etc/passwd", NULL, "%s", NULL},
    {"own below a file", "/etc/passwd/x", NULL, "%s", NULL},
    {"own is impossible", "/proc/x/y", NULL, "%s", NULL},
    {"xdg is impossible", NULL, "/proc/x", "%s", NULL},
    {"nothing set", NULL, NULL, NULL, NULL},
    {"relative home", NULL, NULL, "home", NULL},
    {"home is nowhere", NULL, NULL, "/proc/nowhere", NULL},
};

static void set(const char *name, const char *format, const char *folder)
{
    char value[SUPPORT_PATH_BYTES];
    const char *const mark = format != NULL ? strstr(format, "%s") : NULL;

    if (mark == NULL)
        (void)snprintf(value, sizeof value, "%s", format != NULL ? format : "");
    else
        (void)snprintf(value, sizeof value, "%s%s", folder, mark + 2);
    cr_assert_eq(format != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

Test(cache, finds_its_place)
{
    const char *const folder = support_folder();

    cr_assert_eq(chdir(folder), 0);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const place *const row = &places[i];
        char path[SUPPORT_PATH_BYTES];
        char below[LIQ_FOLDER_PATH_BYTES];

        cr_assert_eq(chmod(folder, 0700), 0);
        set("LIQ_CACHE_DIR", row->own, folder);
        set("XDG_CACHE_HOME", row->xdg, folder);
        set("HOME", row->home, folder);
        cr_assert(store_text(key_a, binary_text), "%s", row->name);
        cr_expect(loads_text(key_a, binary_text), "%s", row->name);
        (void)snprintf(path, sizeof path, "%s/%s/%s.program", folder,
                       row->expected != NULL ? row->expected : "", key_a);
        cr_expect_eq(access(path, F_OK) == 0, row->expected != NULL, "%s: %s", row->name, path);
        cr_assert(liq_folder_join(below, liq_scratch_root(), "programs"));
        cr_expect_eq(support_entries(below) == 0, row->expected != NULL, "%s", row->name);
        cr_expect_eq(support_entries(folder), row->expected != NULL && row->expected[0] != '.',
                     "%s: %zu", row->name, support_entries(folder));
        liq_cache_drop(key_a);
        liq_folder_remove(folder);
        cr_assert_eq(mkdir(folder, 0700), 0);
        cr_assert_eq(chdir(folder), 0);
    }
}

Test(cache, leaves_a_home_of_somebody_else_alone)
{
    const char *const folder = support_folder();

    if (geteuid() != 0)
        cr_skip_test("only root can give a folder away");
    cr_assert_eq(unsetenv("XDG_CACHE_HOME"), 0);
    cr_assert_eq(unsetenv("LIQ_CACHE_DIR"), 0);
    cr_assert_eq(setenv("HOME", folder, 1), 0);
    cr_assert_eq(chown(folder, 12345, 12345), 0);
    cr_assert(store_text(key_a, binary_text));
    cr_expect(loads_text(key_a, binary_text));
    cr_expect_eq(access(".cache", F_OK), -1);
    cr_assert_eq(chdir(folder), 0);
    cr_expect_eq(access(".cache", F_OK), -1);
}

Test(cache, trusts_no_folder_that_others_can_write_to)
{
    const char *const folder = support_cache_fresh();

    cr_assert(store_text(key_a, "theirs"));
    cr_assert_eq(chmod(folder, 0770), 0);
    cr_expect_not(loads_text(key_a, "theirs"));
    cr_assert(store_text(key_a, "ours"));
    cr_expect(loads_text(key_a, "ours"));
    cr_assert_eq(chmod(folder, 0700), 0);
    cr_expect(loads_text(key_a, "theirs"));
}

Test(cache, goes_on_beside_a_full_disk)
{
    const char *const folder = support_cache_fresh();
    char *big = malloc(400001);

    support_mount(folder, 0, "size=64k,mode=700");
    memset(big, 'b', 400000);
    big[400000] = '\0';
    cr_assert(store_text(key_a, big), "in the scratch folder");
    cr_expect(loads_text(key_a, big));
    cr_expect_eq(support_entries(folder), 0, "nothing half written stays");
    cr_expect(store_text(key_b, "small"));
    cr_expect_eq(support_entries(folder), 1);
    free(big);
}

Test(cache, reads_from_a_read_only_folder_and_writes_elsewhere)
{
    const char *const folder = support_cache_fresh();

    support_mount(folder, 0, "size=1m,mode=700");
    cr_assert(store_text(key_a, "old"));
    support_remount_read_only(folder);
    cr_expect(loads_text(key_a, "old"));
    cr_assert(store_text(key_b, "new"));
    cr_expect(loads_text(key_b, "new"));
    cr_expect_eq(support_entries(folder), 1);
}

Test(cache, is_not_killed_by_a_limit_on_file_size)
{
    struct rlimit limit = {4096, 4096};
    char *big = malloc(400001);

    (void)support_cache_fresh();
    memset(big, 'b', 400000);
    big[400000] = '\0';
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_not(store_text(key_a, big));
    cr_expect(store_text(key_a, "small"));
    free(big);
}

Test(cache, stays_small_and_drops_the_oldest)
{
    const char *const folder = support_cache_fresh();
    char key[LIQ_HASH_HEX_BYTES];
    char path[SUPPORT_PATH_BYTES];

    memcpy(key, key_a, sizeof key);
    for (unsigned i = 0; i < LIQ_CACHE_ENTRIES_MAX + 20; i++) {
        struct timeval times[2] = {{.tv_sec = 1000000 + i}, {.tv_sec = 1000000 + i}};

        (void)snprintf(key, 5, "%04x", i);
        key[4] = '4';
        cr_assert(store_text(key, binary_text));
        (void)snprintf(path, sizeof path, "%s/%s.program", folder, key);
        cr_assert_eq(utimes(path, times), 0);
        cr_assert(support_entries(folder) <= LIQ_CACHE_ENTRIES_MAX, "%u", i);
    }
    cr_expect(loads_text(key, binary_text), "the newest is there");
    (void)snprintf(key, 5, "%04x", 19);
    key[4] = '4';
    cr_expect_not(loads_text(key, binary_text), "an old one is not");
    (void)snprintf(key, 5, "%04x", 20);
    key[4] = '4';
    cr_expect(loads_text(key, binary_text), "the last that fits is");
}

Test(cache, clears_what_a_killed_writer_left)
{
    const char *const folder = support_cache_fresh();
    const struct timeval old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    static const char *const names[] = {"tmp-1-2-3", "tmp-new", "foreign"};
    char path[SUPPORT_PATH_BYTES];

    for (size_t i = 0; i < 3; i++) {
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        file = fopen(path, "w");
        cr_assert_not_null(file);
        (void)fclose(file);
        if (i != 1)
            cr_assert_eq(utimes(path, old), 0);
    }
    cr_assert(store_text(key_a, binary_text));
    cr_expect_eq(support_entries(folder), 3);
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[0]);
    cr_expect_eq(access(path, F_OK), -1);
}

Test(cache, can_be_watched_and_distrusted)
{
    uint32_t loads = 0;

    (void)support_cache_fresh();
    cr_assert(store_text(key_a, binary_text));
    liq_cache_watch(&loads);
    cr_expect(loads_text(key_a, binary_text));
    cr_expect_not(loads_text(key_b, binary_text));
    cr_expect_eq(loads, 1);
    liq_cache_distrust();
    cr_expect_not(loads_text(key_a, binary_text));
    cr_expect(store_text(key_a, binary_text));
    cr_expect_eq(loads, 1);
}
