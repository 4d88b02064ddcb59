/*
 * What the tests of the device room share. Call these inside a test, which Criterion runs in a
 * process of its own, and never fork after support_device_open.
 */
#ifndef LIQ_TESTS_SUPPORT_DEVICE_H
#define LIQ_TESTS_SUPPORT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "device/device.h"
#include "device/program.h"

enum { SUPPORT_PATH_BYTES = 512 };

/* Kernels: triple(in, out, count), add(values, by, count), grouped(out, count) for groups of 64. */
extern const char support_source[];

/* Open the best device. Without one the test is skipped, or fails when LIQ_REQUIRE_DEVICE=1. Its
 * programs are cached in a folder that all tests share unless support_cache_fresh came before. */
liq_device *support_device_open(void);

/* Skip, or fail when LIQ_REQUIRE_DEVICE=1, without opening anything here. */
void support_device_needed(void);

/* Let LIQ_CACHE_DIR name a new, empty folder, removed when the test ends well. */
const char *support_cache_fresh(void);

/* Let PoCL keep what it compiles until the test ends, for tests that are about our own cache: to
 * build again then costs little. */
void support_kernels_kept(void);

/* A new, empty folder; lent for ever. */
const char *support_folder(void);

/* Make the OpenCL loader find no platform at all. */
void support_no_platform(void);

/* Put a tmpfs over a folder, for this process only; skips the test where that is not allowed. */
void support_mount(const char *folder, unsigned long flags, const char *options);
void support_remount_read_only(const char *folder);

/* Build support_source and run triple over count items; 0 when built, right, and (when asked) from
 * the cache. */
int support_round(bool must_be_cached, size_t count);

/* Run triple of such a program over count items; 0 when right. */
int support_run(liq_device *device, const liq_program *program, size_t count);

/* The only file in a folder whose name ends in suffix, as a path; "" when there is none. */
const char *support_only_file(const char *folder, const char *suffix);

/* How many entries a folder has. */
size_t support_entries(const char *folder);

/* Expect that a misuse of this room stops the process where LIQ_ASSERT stands. Runs in a child. */
void support_expect_assert(const char *name, int (*misuse)(void *, char *, size_t));

/* fork(), for a child that ends by exit() or a signal. Only before a device is open. */
pid_t support_fork(void);

/* Wait for such a child; its exit code, or 1000 + the signal. */
int support_wait(pid_t child);

#endif
