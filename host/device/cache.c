#include "device/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/write_all.h"
#include "device/folder.h"
#include "device/scratch.h"

/* The file: this head, the variants, the binary. Read on the machine that wrote it: the key
 * names device and driver. The hash is over the head before it, the variants and the binary. */
typedef struct cache_head {
    char magic[8];
    char key[LIQ_HASH_HEX_BYTES - 1];
    uint64_t variant_count;
    uint64_t binary_bytes;
    char hash[LIQ_HASH_HEX_BYTES - 1];
} cache_head;

static const char cache_magic[8] = {'l', 'i', 'q', 'b', 'i', 'n', '1', '\n'};
static const char entry_suffix[] = ".program";
static const char temporary_prefix[] = "tmp-";
static const uint64_t binary_bytes_max = UINT64_C(256) << 20;
static const time_t temporary_age_s = 3600;

enum { PLACE_COUNT = 2, NAME_BYTES = 96 };

static volatile uint32_t *watched_loads;
static bool distrusted;

static int place_open(unsigned place);
static bool place_path(char out[LIQ_FOLDER_PATH_BYTES], unsigned place);
static bool home_path(char out[LIQ_FOLDER_PATH_BYTES]);
static void entry_name(char name[NAME_BYTES], const char *key);
static bool entry_read(liq_cache_entry *entry, int folder, const char *key);
static bool file_read(liq_cache_entry *entry, int file, const char *key);
static bool entry_hash(char hex[LIQ_HASH_HEX_BYTES], const cache_head *head,
                       const liq_cache_entry *entry);
static bool entry_write(const liq_cache_entry *entry, int folder, const char *key);
static bool file_write(int file, const cache_head *head, const liq_cache_entry *entry);
static bool read_all(int file, void *target, size_t bytes);
static bool may_write(uint64_t bytes);
static void prune(int folder);
static unsigned survey(int folder, char oldest[NAME_BYTES]);
static bool is_entry(const char *name);
static bool is_stale(const char *name, time_t written_s);

bool liq_cache_load(liq_cache_entry *entry, const char key[LIQ_HASH_HEX_BYTES])
{
    memset(entry, 0, sizeof *entry);
    for (unsigned place = 0; place < PLACE_COUNT && !distrusted; place++) {
        const int folder = place_open(place);
        bool found;

        if (folder < 0)
            continue;
        found = entry_read(entry, folder, key);
        (void)close(folder);
        if (!found)
            continue;
        if (watched_loads != NULL)
            *watched_loads += 1;
        return true;
    }
    return false;
}

bool liq_cache_store(const liq_cache_entry *entry, const char key[LIQ_HASH_HEX_BYTES])
{
    LIQ_ASSERT(entry->variant_count <= LIQ_CACHE_VARIANTS_MAX);
    if (entry->binary_bytes == 0 || entry->binary_bytes > binary_bytes_max)
        return false;
    for (unsigned place = 0; place < PLACE_COUNT; place++) {
        const int folder = place_open(place);
        bool stored;

        if (folder < 0)
            continue;
        stored = entry_write(entry, folder, key);
        if (stored)
            prune(folder);
        (void)close(folder);
        if (stored)
            return true;
    }
    return false;
}

void liq_cache_drop(const char key[LIQ_HASH_HEX_BYTES])
{
    char name[NAME_BYTES];

    entry_name(name, key);
    for (unsigned place = 0; place < PLACE_COUNT; place++) {
        const int folder = place_open(place);

        if (folder < 0)
            continue;
        (void)unlinkat(folder, name, 0);
        (void)close(folder);
    }
}

void liq_cache_clear(liq_cache_entry *entry)
{
    free(entry->binary);
    memset(entry, 0, sizeof *entry);
}

void liq_cache_watch(volatile uint32_t *loads)
{
    watched_loads = loads;
}

void liq_cache_distrust(void)
{
    distrusted = true;
}

/* Open the user's cache (place 0) or the one that ends with this process (place 1); -1 if unusable.
 */
static int place_open(unsigned place)
{
    char path[LIQ_FOLDER_PATH_BYTES];

    if (!place_path(path, place) || !liq_folder_create(path))
        return -1;
    return liq_folder_open_private(path);
}

static bool place_path(char out[LIQ_FOLDER_PATH_BYTES], unsigned place)
{
    const char *const chosen = getenv("LIQ_CACHE_DIR");
    const char *root;

    if (place == 0 && chosen != NULL && chosen[0] != '\0')
        return chosen[0] == '/' && liq_folder_join(out, chosen, "");
    if (place == 0)
        return home_path(out);
    root = liq_scratch_root();
    return root != NULL && liq_folder_join(out, root, "programs");
}

/*
 * Only under a folder that belongs to this user: root, by way of sudo, must not leave its
 * own folder where the user's cache would go.
 */
static bool home_path(char out[LIQ_FOLDER_PATH_BYTES])
{
    const char *const cache_home = getenv("XDG_CACHE_HOME");
    const char *const home = getenv("HOME");
    struct stat facts;

    if (cache_home != NULL && cache_home[0] == '/') {
        if (stat(cache_home, &facts) == 0 && facts.st_uid != geteuid())
            return false;
        return liq_folder_join(out, cache_home, "liqscan");
    }
    if (home == NULL || home[0] != '/' || stat(home, &facts) != 0 || facts.st_uid != geteuid())
        return false;
    return liq_folder_join(out, home, ".cache/liqscan");
}

static void entry_name(char name[NAME_BYTES], const char *key)
{
    (void)snprintf(name, NAME_BYTES, "%s%s", key, entry_suffix);
}

static bool entry_read(liq_cache_entry *entry, int folder, const char *key)
{
    char name[NAME_BYTES];
    bool sound;
    int file;

    entry_name(name, key);
    /* Without NONBLOCK, a FIFO of that name would hang us. */
    file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    sound = file_read(entry, file, key);
    if (sound)
        (void)futimens(file, NULL); /* the oldest are pruned first */
    (void)close(file);
    if (sound)
        return true;
    liq_cache_clear(entry);
    (void)unlinkat(folder, name, 0);
    return false;
}

static bool file_read(liq_cache_entry *entry, int file, const char *key)
{
    char hash[LIQ_HASH_HEX_BYTES];
    struct stat facts;
    cache_head head;
    uint64_t variant_bytes;

    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != geteuid() ||
        (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 || !read_all(file, &head, sizeof head))
        return false;
    if (memcmp(head.magic, cache_magic, sizeof head.magic) != 0 ||
        memcmp(head.key, key, sizeof head.key) != 0 || head.binary_bytes == 0 ||
        head.binary_bytes > binary_bytes_max || head.variant_count > LIQ_CACHE_VARIANTS_MAX)
        return false;
    variant_bytes = head.variant_count * sizeof entry->variants[0];
    if ((uint64_t)facts.st_size != sizeof head + variant_bytes + head.binary_bytes)
        return false;
    entry->variant_count = (uint32_t)head.variant_count;
    entry->binary_bytes = (size_t)head.binary_bytes;
    entry->binary = malloc(entry->binary_bytes);
    return entry->binary != NULL && read_all(file, entry->variants, (size_t)variant_bytes) &&
           read_all(file, entry->binary, entry->binary_bytes) && entry_hash(hash, &head, entry) &&
           memcmp(hash, head.hash, sizeof head.hash) == 0;
}

static bool entry_hash(char hex[LIQ_HASH_HEX_BYTES], const cache_head *head,
                       const liq_cache_entry *entry)
{
    liq_hash *hash;

    if (liq_hash_create(&hash, NULL) != LIQ_OK)
        return false;
    liq_hash_add(hash, head, offsetof(cache_head, hash));
    liq_hash_add(hash, entry->variants, entry->variant_count * sizeof entry->variants[0]);
    liq_hash_add(hash, entry->binary, entry->binary_bytes);
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    return true;
}

/* A name of our own and a rename: a reader sees the old file or the new one, never half of it. */
static bool entry_write(const liq_cache_entry *entry, int folder, const char *key)
{
    char name[NAME_BYTES];
    char temporary[NAME_BYTES];
    char hash[LIQ_HASH_HEX_BYTES];
    struct timespec now;
    cache_head head = {.variant_count = entry->variant_count, .binary_bytes = entry->binary_bytes};
    bool written;
    int file;

    memcpy(head.magic, cache_magic, sizeof head.magic);
    memcpy(head.key, key, sizeof head.key);
    if (!entry_hash(hash, &head, entry))
        return false;
    memcpy(head.hash, hash, sizeof head.hash);
    entry_name(name, key);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(temporary, sizeof temporary, "%s%ld-%lld-%ld", temporary_prefix, (long)getpid(),
                   (long long)now.tv_sec, now.tv_nsec);
    file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    written = file_write(file, &head, entry);
    written = close(file) == 0 && written;
    if (written && renameat(folder, temporary, folder, name) == 0)
        return true;
    (void)unlinkat(folder, temporary, 0);
    return false;
}

static bool file_write(int file, const cache_head *head, const liq_cache_entry *entry)
{
    const size_t variant_bytes = entry->variant_count * sizeof entry->variants[0];

    return may_write(sizeof *head + variant_bytes + entry->binary_bytes) &&
           liq_write_all(file, head, sizeof *head) &&
           liq_write_all(file, entry->variants, variant_bytes) &&
           liq_write_all(file, entry->binary, entry->binary_bytes);
}

static bool read_all(int file, void *target, size_t bytes)
{
    unsigned char *at = target;

    while (bytes > 0) {
        const ssize_t got = read(file, at, bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

/* Past `ulimit -f` a write does not fail, it kills the process by SIGXFSZ. */
static bool may_write(uint64_t bytes)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           bytes <= limit.rlim_cur;
}

/* Keep the folder small for ever: few entries, and no left-over of a process that was killed. */
static void prune(int folder)
{
    for (unsigned i = 0; i < 4 * LIQ_CACHE_ENTRIES_MAX; i++) {
        char oldest[NAME_BYTES];

        if (survey(folder, oldest) <= LIQ_CACHE_ENTRIES_MAX || unlinkat(folder, oldest, 0) != 0)
            return;
    }
}

/* Count the entries, name the oldest, and remove temporary files that nobody writes any more. */
static unsigned survey(int folder, char oldest[NAME_BYTES])
{
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const listing = again < 0 ? NULL : fdopendir(again);
    time_t oldest_s = 0;
    unsigned entry_count = 0;
    struct dirent *item;
    struct stat facts;

    if (listing == NULL) {
        if (again >= 0)
            (void)close(again);
        return 0;
    }
    while ((item = readdir(listing)) != NULL) {
        if (fstatat(folder, item->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (is_stale(item->d_name, facts.st_mtime))
            (void)unlinkat(folder, item->d_name, 0);
        if (!is_entry(item->d_name))
            continue;
        if (entry_count == 0 || facts.st_mtime < oldest_s) {
            oldest_s = facts.st_mtime;
            memcpy(oldest, item->d_name, strlen(item->d_name) + 1);
        }
        entry_count++;
    }
    (void)closedir(listing);
    return entry_count;
}

static bool is_entry(const char *name)
{
    return strlen(name) == LIQ_HASH_HEX_BYTES - 1 + strlen(entry_suffix) &&
           strcmp(name + LIQ_HASH_HEX_BYTES - 1, entry_suffix) == 0;
}

static bool is_stale(const char *name, time_t written_s)
{
    return strncmp(name, temporary_prefix, strlen(temporary_prefix)) == 0 &&
           time(NULL) - written_s > temporary_age_s;
}
