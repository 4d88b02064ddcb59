/*
 * What PoCL keeps of a program in its folder, as bytes that a cache can hold.
 *
 * PoCL compiles a kernel at its first launch, for the size of its groups, and keeps that in a
 * folder of the program. Asked for the binary it compiles all kernels once more, for groups of any
 * size, which takes longer than all else and is of no use to us: so its files are taken as they
 * are. Put back into the folder of another process, they are found when the same text is built.
 */
#ifndef LIQ_DEVICE_KEPT_KERNELS_H
#define LIQ_DEVICE_KEPT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

enum { LIQ_KEPT_NAME_BYTES = 128 };

/* Files put together. */
typedef struct liq_kept {
    unsigned char *bytes; /* owned; NULL: empty */
    size_t byte_count;
    size_t capacity;
    bool failed; /* something could not be read, or memory was out: it is worth nothing */
} liq_kept;

/** The folders of programs that there are. @return a text for liq_kept_new and free(), or NULL */
char *liq_kept_folders(const char *root);

/** Take the name of the folder that is new since then, if it is just one; else it stays as it is.
 * @param before  of liq_kept_folders */
void liq_kept_new(char name[LIQ_KEPT_NAME_BYTES], const char *root, const char *before);

/** Put the files of a folder and those below together, with its name; empty ones are left out.
 * @param kept  zeroed */
void liq_kept_add_all(liq_kept *kept, const char *root, const char *folder);

/** Takes a zeroed one. */
void liq_kept_clear(liq_kept *kept);

/**
 * Write the files where PoCL looks for them; one that is there is left alone.
 * @param folder  receives its name
 * @return false when the bytes are not what was put together here, or a file cannot be written
 */
bool liq_kept_write(const unsigned char *bytes, size_t byte_count, const char *root,
                    char folder[LIQ_KEPT_NAME_BYTES]);

#endif
