#include "device/kept_kernels.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"

enum { PATH_BYTES = 1024, DEPTH_MAX = 4 };

/* Before each name and content. Read on the machine that wrote it, and by way of a hash. */
typedef struct record_head {
    uint32_t name_bytes;
    uint32_t zero;
    uint64_t data_bytes;
} record_head;

static bool is_plain(const char *name);
static bool path_of(char out[PATH_BYTES], const char *root, const char *folder, const char *file);
static void text_add(char **text, size_t *used, const char *outer, const char *inner);
static unsigned char *file_read(const char *path, size_t *bytes);
static void file_add(liq_kept *kept, const char *path, const char *name);
static void record_add(liq_kept *kept, const char *name, const void *data, size_t bytes);
static void tree_add(liq_kept *kept, const char *root, const char *folder, const char *below,
                     unsigned depth);
static bool record_next(const unsigned char **at, size_t *left, char name[LIQ_KEPT_NAME_BYTES],
                        const unsigned char **data, size_t *bytes);
static bool file_write(const char *path, const unsigned char *data, size_t bytes);
static bool parents_make(const char *path, size_t root_bytes);

/* The folder of a program is two levels down: XX/REST. */
char *liq_kept_folders(const char *root)
{
    DIR *const outer = opendir(root);
    char *text = outer != NULL ? strdup("\n") : NULL;
    size_t used = 1;
    struct dirent *item;
    char path[PATH_BYTES];

    while (text != NULL && (item = readdir(outer)) != NULL) {
        DIR *inner;
        struct dirent *below;

        if (!is_plain(item->d_name) || !path_of(path, root, item->d_name, "") ||
            (inner = opendir(path)) == NULL)
            continue;
        while (text != NULL && (below = readdir(inner)) != NULL)
            if (is_plain(below->d_name))
                text_add(&text, &used, item->d_name, below->d_name);
        (void)closedir(inner);
    }
    if (outer != NULL)
        (void)closedir(outer);
    return text;
}

void liq_kept_new(char name[LIQ_KEPT_NAME_BYTES], const char *root, const char *before)
{
    char *const now = liq_kept_folders(root);
    const char *at = now != NULL ? now + 1 : "";
    char found[LIQ_KEPT_NAME_BYTES] = "";
    unsigned count = 0;

    while (*at != '\0') {
        const size_t bytes = strcspn(at, "\n");
        char line[LIQ_KEPT_NAME_BYTES + 2];

        if (bytes < LIQ_KEPT_NAME_BYTES) {
            (void)snprintf(line, sizeof line, "\n%.*s\n", (int)bytes, at);
            if (strstr(before, line) == NULL) {
                (void)snprintf(found, sizeof found, "%.*s", (int)bytes, at);
                count++;
            }
        }
        at += bytes + 1;
    }
    free(now);
    if (count == 1)
        memcpy(name, found, sizeof found);
}

void liq_kept_add_all(liq_kept *kept, const char *root, const char *folder)
{
    record_add(kept, folder, "", 0);
    tree_add(kept, root, folder, "", 0);
}

void liq_kept_clear(liq_kept *kept)
{
    free(kept->bytes);
    *kept = (liq_kept){0};
}

bool liq_kept_write(const unsigned char *bytes, size_t byte_count, const char *root,
                    char folder[LIQ_KEPT_NAME_BYTES])
{
    const unsigned char *data;
    char name[LIQ_KEPT_NAME_BYTES];
    char path[PATH_BYTES];
    size_t data_bytes;

    if (!record_next(&bytes, &byte_count, folder, &data, &data_bytes) || data_bytes > 0)
        return false;
    while (byte_count > 0)
        if (!record_next(&bytes, &byte_count, name, &data, &data_bytes) ||
            !path_of(path, root, folder, name) || !parents_make(path, strlen(root)) ||
            !file_write(path, data, data_bytes))
            return false;
    return true;
}

static unsigned char *file_read(const char *path, size_t *bytes)
{
    FILE *const stream = fopen(path, "rbe");
    unsigned char *data = NULL;
    struct stat facts;

    if (stream == NULL)
        return NULL;
    if (fstat(fileno(stream), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= 0 &&
        (data = malloc((size_t)facts.st_size + 1)) != NULL) {
        *bytes = (size_t)facts.st_size;
        if (fread(data, 1, *bytes, stream) != *bytes) {
            free(data);
            data = NULL;
        }
    }
    (void)fclose(stream);
    return data;
}

static void file_add(liq_kept *kept, const char *path, const char *name)
{
    size_t bytes = 0;
    unsigned char *const data = file_read(path, &bytes);

    if (data == NULL)
        kept->failed = true;
    else if (bytes > 0)
        record_add(kept, name, data, bytes);
    free(data);
}

/* Neither hidden, nor ".." nor a way out of the folder, nor what PoCL is still writing. */
static bool is_plain(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strstr(name, "/.") == NULL &&
           strchr(name, '\n') == NULL && strncmp(name, "tempfile", strlen("tempfile")) != 0;
}

static bool path_of(char out[PATH_BYTES], const char *root, const char *folder, const char *file)
{
    const int bytes =
        snprintf(out, PATH_BYTES, "%s/%s%s%s", root, folder, file[0] != '\0' ? "/" : "", file);

    return bytes > 0 && bytes < PATH_BYTES;
}

static void text_add(char **text, size_t *used, const char *outer, const char *inner)
{
    const size_t bytes = strlen(outer) + strlen(inner) + 2;
    char *const grown = realloc(*text, *used + bytes + 1);

    if (grown == NULL) {
        free(*text);
        *text = NULL;
        return;
    }
    (void)snprintf(grown + *used, bytes + 1, "%s/%s\n", outer, inner);
    *text = grown;
    *used += bytes;
}

static void record_add(liq_kept *kept, const char *name, const void *data, size_t bytes)
{
    const record_head head = {.name_bytes = (uint32_t)strlen(name) + 1, .data_bytes = bytes};
    const size_t whole = sizeof head + head.name_bytes + bytes;
    unsigned char *at;

    if (head.name_bytes > LIQ_KEPT_NAME_BYTES)
        kept->failed = true;
    if (!kept->failed && kept->byte_count + whole > kept->capacity) {
        const size_t capacity = 2 * (kept->byte_count + whole);
        unsigned char *const grown = realloc(kept->bytes, capacity);

        kept->failed = grown == NULL;
        if (grown != NULL) {
            kept->bytes = grown;
            kept->capacity = capacity;
        }
    }
    if (kept->failed)
        return;
    at = kept->bytes + kept->byte_count;
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, name, head.name_bytes);
    memcpy(at + sizeof head + head.name_bytes, data, bytes);
    kept->byte_count += whole;
}

/* @param below  of the folder, "": itself; else it ends with a slash */
static void tree_add(liq_kept *kept, const char *root, const char *folder, const char *below,
                     unsigned depth)
{
    char path[PATH_BYTES];
    DIR *const listing = path_of(path, root, folder, below) ? opendir(path) : NULL;
    struct dirent *item;

    if (listing == NULL || depth > DEPTH_MAX)
        kept->failed = true;
    while (!kept->failed && (item = readdir(listing)) != NULL) {
        char name[PATH_BYTES];
        struct stat facts;

        (void)snprintf(name, sizeof name, "%s%s", below, item->d_name);
        if (!is_plain(item->d_name))
            continue;
        if (fstatat(dirfd(listing), item->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
            kept->failed = true;
        } else if (S_ISDIR(facts.st_mode)) {
            (void)snprintf(name, sizeof name, "%s%s/", below, item->d_name);
            tree_add(kept, root, folder, name, depth + 1);
        } else if (S_ISREG(facts.st_mode) && path_of(path, root, folder, name)) {
            file_add(kept, path, name);
        }
    }
    if (listing != NULL)
        (void)closedir(listing);
}

static bool record_next(const unsigned char **at, size_t *left, char name[LIQ_KEPT_NAME_BYTES],
                        const unsigned char **data, size_t *bytes)
{
    record_head head;

    if (*left < sizeof head)
        return false;
    memcpy(&head, *at, sizeof head);
    *at += sizeof head;
    *left -= sizeof head;
    if (head.zero != 0 || head.name_bytes < 2 || head.name_bytes > LIQ_KEPT_NAME_BYTES ||
        head.name_bytes > *left || head.data_bytes > *left - head.name_bytes)
        return false;
    memcpy(name, *at, head.name_bytes);
    *data = *at + head.name_bytes;
    *bytes = (size_t)head.data_bytes;
    *at = *data + *bytes;
    *left -= head.name_bytes + *bytes;
    return name[head.name_bytes - 1] == '\0' && strlen(name) + 1 == head.name_bytes &&
           name[0] != '/' && is_plain(name);
}

/* What PoCL loads must be whole: it is renamed into place. */
static bool file_write(const char *path, const unsigned char *data, size_t bytes)
{
    char half[PATH_BYTES + 8];
    bool written;
    int file;

    if (access(path, F_OK) == 0)
        return true;
    (void)snprintf(half, sizeof half, "%s.half", path);
    file = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0700);
    if (file < 0)
        return false;
    written = liq_write_all(file, data, bytes);
    written = close(file) == 0 && written;
    if (written && rename(half, path) == 0)
        return true;
    (void)unlink(half);
    return false;
}

static bool parents_make(const char *path, size_t root_bytes)
{
    char folder[PATH_BYTES];

    for (const char *at = strchr(path + root_bytes + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(at - path), path);
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}
