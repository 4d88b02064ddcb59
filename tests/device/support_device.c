#include "support_device.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/buffer.h"
#include "device/folder.h"
#include "device/program.h"

const char support_source[] =
    "__kernel void triple(__global const int *in, __global int *out, int count)\n"
    "{\n"
    "    const size_t i = get_global_id(0);\n"
    "    if (i >= (size_t)count)\n"
    "        return;\n"
    "    out[i] = in[i] * 3;\n"
    "}\n"
    "__kernel void add(__global int *values, int by, int count)\n"
    "{\n"
    "    const size_t i = get_global_id(0);\n"
    "    if (i >= (size_t)count)\n"
    "        return;\n"
    "    values[i] += by;\n"
    "}\n"
    "__kernel __attribute__((reqd_work_group_size(64, 1, 1)))\n"
    "void grouped(__global int *out, int count)\n"
    "{\n"
    "    const size_t i = get_global_id(0);\n"
    "    if (i >= (size_t)count)\n"
    "        return;\n"
    "    out[i] = (int)get_group_id(0);\n"
    "}\n";

enum { FOLDERS_MAX = 8 };

static char folders[FOLDERS_MAX][SUPPORT_PATH_BYTES];
static unsigned folder_count;
static pid_t folder_owner;
static bool forked;

static void cache_shared(void);
static void folders_remove(void);

liq_device *support_device_open(void)
{
    liq_device *device = NULL;
    liq_error err = {0};

    support_device_needed();
    cr_assert_eq(liq_device_open(&device, 0, &err), LIQ_OK, "%s", err.message);
    return device;
}

void support_device_needed(void)
{
    const char *const required = getenv("LIQ_REQUIRE_DEVICE");
    liq_device_info *list = NULL;
    uint32_t count = 0;
    liq_error err = {0};
    const liq_status status = liq_device_list(&list, &count, &err);

    free(list);
    if (getenv("LIQ_CACHE_DIR") == NULL)
        cache_shared();
    if (status == LIQ_OK && count > 0)
        return;
    cr_assert(required == NULL || strcmp(required, "1") != 0, "no device: %s", err.message);
    cr_skip_test("no OpenCL device: %s", err.message);
}

const char *support_cache_fresh(void)
{
    const char *const folder = support_folder();

    cr_assert_eq(setenv("LIQ_CACHE_DIR", folder, 1), 0);
    return folder;
}

void support_kernels_kept(void)
{
    cr_assert_eq(setenv("POCL_CACHE_DIR", support_folder(), 1), 0);
}

const char *support_folder(void)
{
    char *const path = folders[folder_count];

    cr_assert(folder_count < FOLDERS_MAX);
    (void)snprintf(path, SUPPORT_PATH_BYTES, "/tmp/liqscan-test-XXXXXX");
    cr_assert_not_null(mkdtemp(path));
    if (folder_count++ == 0) {
        folder_owner = getpid();
        (void)atexit(folders_remove);
    }
    return path;
}

void support_no_platform(void)
{
    const char *const folder = support_folder();

    cr_assert_eq(setenv("OCL_ICD_VENDORS", folder, 1), 0);
    cr_assert_eq(setenv("OPENCL_VENDOR_PATH", folder, 1), 0);
}

void support_mount(const char *folder, unsigned long flags, const char *options)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0)
        cr_skip_test("no mount namespace of our own is allowed here");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", flags, options) != 0)
        cr_skip_test("no mount is allowed here");
}

void support_remount_read_only(const char *folder)
{
    cr_assert_eq(mount("tmpfs", folder, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
}

int support_round(bool must_be_cached, size_t count)
{
    liq_program *program = NULL;
    liq_device *device = NULL;
    int result = 20;

    if (liq_device_open(&device, 0, NULL) != LIQ_OK)
        return 10;
    if (liq_program_build(&program, device, support_source, "", NULL) == LIQ_OK)
        result = support_run(device, program, count);
    if (result == 0 && must_be_cached && !liq_program_cached(program))
        result = 30;
    liq_program_destroy(program);
    liq_device_close(device);
    return result;
}

const char *support_only_file(const char *folder, const char *suffix)
{
    static char path[2 * SUPPORT_PATH_BYTES];
    DIR *const listing = opendir(folder);
    struct dirent *item;

    path[0] = '\0';
    while (listing != NULL && (item = readdir(listing)) != NULL) {
        const size_t bytes = strlen(item->d_name);

        if (item->d_name[0] == '.' || bytes < strlen(suffix) ||
            strcmp(item->d_name + bytes - strlen(suffix), suffix) != 0)
            continue;
        cr_assert(path[0] == '\0', "more than one %s in %s", suffix, folder);
        (void)snprintf(path, sizeof path, "%s/%s", folder, item->d_name);
    }
    if (listing != NULL)
        (void)closedir(listing);
    return path;
}

size_t support_entries(const char *folder)
{
    DIR *const listing = opendir(folder);
    struct dirent *item;
    size_t count = 0;

    while (listing != NULL && (item = readdir(listing)) != NULL)
        if (item->d_name[0] != '.')
            count++;
    if (listing != NULL)
        (void)closedir(listing);
    return count;
}

void support_expect_assert(const char *name, int (*misuse)(void *, char *, size_t))
{
    static const char expected[] = "signal 6 (SIGABRT): liqscan: internal error: ";
    char message[256];

    cr_expect_eq(liq_device_in_child(misuse, NULL, message, sizeof message, 60000, NULL),
                 LIQ_SELF_TEST, "%s", name);
    cr_expect_eq(strncmp(message, expected, strlen(expected)), 0, "%s: %s", name, message);
}

pid_t support_fork(void)
{
    const pid_t child = fork();

    forked = child == 0;
    return child;
}

#if defined(__SANITIZE_ADDRESS__)
/* The leak check at exit() looks for the parent's threads in a forked child, and complains. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return forked;
}
#endif

int support_wait(pid_t child)
{
    int state = 0;

    cr_assert(child > 0);
    cr_assert_eq(waitpid(child, &state, 0), child);
    return WIFEXITED(state) ? WEXITSTATUS(state) : 1000 + WTERMSIG(state);
}

/* Beside the test program: not the cache of whoever runs it. */
static void cache_shared(void)
{
    char here[SUPPORT_PATH_BYTES] = "";
    char path[SUPPORT_PATH_BYTES + 16];

    cr_assert(readlink("/proc/self/exe", here, sizeof here - 1) > 0);
    *strrchr(here, '/') = '\0';
    (void)snprintf(path, sizeof path, "%s/device-cache", here);
    cr_assert_eq(setenv("LIQ_CACHE_DIR", path, 1), 0);
}

static void folders_remove(void)
{
    if (folder_owner != getpid())
        return;
    for (unsigned i = 0; i < folder_count; i++) {
        (void)umount2(folders[i], MNT_DETACH); /* of support_mount, if any */
        liq_folder_remove(folders[i]);
    }
}

int support_run(liq_device *device, const liq_program *program, size_t count)
{
    liq_kernel *kernel = NULL;
    liq_buffer *in = NULL;
    liq_buffer *out = NULL;
    int *const values = calloc(count, sizeof *values);
    const int count_value = (int)count;
    int result = 21;

    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = (int)i;
    if (values != NULL && liq_kernel_create(&kernel, program, "triple", NULL) == LIQ_OK &&
        liq_buffer_create(&in, device, count * sizeof *values, LIQ_BUFFER_INPUT, NULL) == LIQ_OK &&
        liq_buffer_create(&out, device, count * sizeof *values, LIQ_BUFFER_OUTPUT, NULL) ==
            LIQ_OK) {
        const liq_kernel_argument arguments[] = {LIQ_ARGUMENT_BUFFER(in), LIQ_ARGUMENT_BUFFER(out),
                                                 LIQ_ARGUMENT_VALUE(count_value)};

        if (liq_buffer_write(in, 0, values, count * sizeof *values, NULL) == LIQ_OK &&
            liq_kernel_launch(kernel, arguments, 3, count, 64, NULL) == LIQ_OK &&
            liq_buffer_read(out, 0, values, count * sizeof *values, NULL) == LIQ_OK)
            result = 0;
        for (size_t i = 0; result == 0 && i < count; i++)
            if (values[i] != (int)(3 * i))
                result = 22;
    }
    liq_kernel_destroy(kernel);
    liq_buffer_destroy(in);
    liq_buffer_destroy(out);
    free(values);
    return result;
}
