#include "device/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "device/folder.h"

/* A folder younger than this may belong to a process that has not locked it yet. */
static const time_t sweep_age_s = 60;

static struct {
    pid_t user;  /* the process that may use the paths below; 0 before the first call */
    pid_t owner; /* the process that made them, and removes them */
    int lock;    /* held as long as the owner lives: tells a sweeper that it does */
    uint32_t child_count;
    char root[LIQ_FOLDER_PATH_BYTES]; /* empty when there is no place */
    char kernels[LIQ_FOLDER_PATH_BYTES];
} scratch = {.lock = -1};

static void scratch_create(void);
static bool create_under(const char *base);
static bool lock_root(void);
static void remove_at_exit(void);
static void sweep(const char *base, const char *prefix);
static bool is_abandoned(const char *path);
static bool child_path(char out[LIQ_FOLDER_PATH_BYTES], uint32_t child);

const char *liq_scratch_root(void)
{
    /* A plain fork of our user inherits the paths but not the right to outlive their owner. */
    if (scratch.user != getpid())
        scratch_create();
    return scratch.root[0] != '\0' ? scratch.root : NULL;
}

const char *liq_scratch_kernels(void)
{
    return liq_scratch_root() != NULL ? scratch.kernels : NULL;
}

uint32_t liq_scratch_child_create(void)
{
    char path[LIQ_FOLDER_PATH_BYTES];

    if (liq_scratch_root() == NULL)
        return 0;
    scratch.child_count++;
    if (!child_path(path, scratch.child_count) || !liq_folder_create(path))
        return 0;
    return scratch.child_count;
}

void liq_scratch_child_remove(uint32_t child)
{
    char path[LIQ_FOLDER_PATH_BYTES];

    if (child != 0 && child_path(path, child))
        liq_folder_remove(path);
}

void liq_scratch_child_enter(uint32_t child)
{
    if (child == 0 || !child_path(scratch.kernels, child))
        return;
    scratch.user = getpid();
}

static void scratch_create(void)
{
    static bool registered;
    const char *const bases[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm",
                                 getenv("XDG_RUNTIME_DIR")};

    /* After a plain fork the lock is shared with the parent; ours to close, not to release. */
    if (scratch.lock >= 0)
        (void)close(scratch.lock);
    scratch.lock = -1;
    scratch.user = getpid();
    scratch.owner = getpid();
    scratch.child_count = 0;
    scratch.root[0] = '\0';
    if (!registered)
        registered = atexit(remove_at_exit) == 0;
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        if (bases[i] != NULL && bases[i][0] == '/' && create_under(bases[i]))
            return;
}

/* Make the folder under base; on failure nothing is left and root is empty. */
static bool create_under(const char *base)
{
    char prefix[64];
    char name[80];

    (void)snprintf(prefix, sizeof prefix, "liqscan-%lu-", (unsigned long)geteuid());
    (void)snprintf(name, sizeof name, "%sXXXXXX", prefix);
    sweep(base, prefix);
    if (!liq_folder_join(scratch.root, base, name) || mkdtemp(scratch.root) == NULL) {
        scratch.root[0] = '\0';
        return false;
    }
    if (liq_folder_runs_code(scratch.root) && lock_root() &&
        liq_folder_join(scratch.kernels, scratch.root, "kernels") &&
        liq_folder_create(scratch.kernels))
        return true;
    if (scratch.lock >= 0)
        (void)close(scratch.lock);
    scratch.lock = -1;
    liq_folder_remove(scratch.root);
    scratch.root[0] = '\0';
    return false;
}

static bool lock_root(void)
{
    char path[LIQ_FOLDER_PATH_BYTES];

    if (!liq_folder_join(path, scratch.root, "lock"))
        return false;
    scratch.lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return scratch.lock >= 0 && flock(scratch.lock, LOCK_EX | LOCK_NB) == 0;
}

/* Runs in every process that inherited the registration: only the maker removes. */
static void remove_at_exit(void)
{
    if (scratch.root[0] == '\0' || scratch.owner != getpid())
        return;
    liq_folder_remove(scratch.root);
    scratch.root[0] = '\0';
    scratch.user = 0;
}

static void sweep(const char *base, const char *prefix)
{
    char path[LIQ_FOLDER_PATH_BYTES];
    DIR *const folder = opendir(base);
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            liq_folder_join(path, base, entry->d_name) && is_abandoned(path))
            liq_folder_remove(path);
    (void)closedir(folder);
}

/* Ours, not fresh, and nobody holds its lock. */
static bool is_abandoned(const char *path)
{
    char lock_path[LIQ_FOLDER_PATH_BYTES];
    struct stat facts;
    bool free_lock;
    int lock;

    if (lstat(path, &facts) != 0 || !S_ISDIR(facts.st_mode) || facts.st_uid != geteuid() ||
        time(NULL) - facts.st_mtime < sweep_age_s || !liq_folder_join(lock_path, path, "lock"))
        return false;
    lock = open(lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0)
        return access(lock_path, F_OK) != 0;
    free_lock = flock(lock, LOCK_EX | LOCK_NB) == 0;
    (void)close(lock);
    return free_lock;
}

static bool child_path(char out[LIQ_FOLDER_PATH_BYTES], uint32_t child)
{
    char name[32];

    (void)snprintf(name, sizeof name, "child-%u", child);
    return liq_folder_join(out, scratch.root, name);
}
