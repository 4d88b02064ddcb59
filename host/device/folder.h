/*
 * Folders that hold code: made private, checked before use, removed with
 * everything in them. No OpenCL here.
 */
#ifndef LIQ_DEVICE_FOLDER_H
#define LIQ_DEVICE_FOLDER_H

#include <stdbool.h>

enum { LIQ_FOLDER_PATH_BYTES = 1024 };

/** Write "folder/name" into out; false when it does not fit. */
bool liq_folder_join(char out[LIQ_FOLDER_PATH_BYTES], const char *folder, const char *name);

/** Make a folder, and those above it, with mode 0700; true when it is there afterwards. */
bool liq_folder_create(const char *path);

/**
 * Open a folder that only we can write to: a directory of this user, without write permission for
 * group or others.
 * @return a descriptor that the caller closes, or -1
 */
int liq_folder_open_private(const char *path);

/**
 * Whether a driver can keep compiled code here: files can be made, there are some tens of MiB left,
 * and pages can be mapped executable (a noexec mount refuses that).
 */
bool liq_folder_runs_code(const char *path);

/** Remove a folder and all below it, following no links. What cannot be removed stays. */
void liq_folder_remove(const char *path);

#endif
