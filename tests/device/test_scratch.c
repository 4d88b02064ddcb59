#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "device/device.h"
#include "device/folder.h"
#include "device/scratch.h"
#include "support_device.h"

/* A folder in which only this test's scratch folders are. */
static const char *base_make(void)
{
    const char *const base = support_folder();

    cr_assert_eq(setenv("TMPDIR", base, 1), 0);
    return base;
}

static void age(const char *base)
{
    const struct timeval old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    char pattern[SUPPORT_PATH_BYTES];

    (void)snprintf(pattern, sizeof pattern, "%s", support_only_file(base, ""));
    cr_assert_eq(utimes(pattern, old), 0);
}

/* Run in a child that makes its scratch folder and then ends as asked. */
static int child_with_scratch(bool killed)
{
    const pid_t child = support_fork();

    if (child == 0) {
        if (liq_scratch_root() == NULL)
            _exit(9);
        if (killed)
            (void)raise(SIGKILL);
        exit(0);
    }
    return support_wait(child);
}

Test(scratch, is_private_and_stays_where_it_is)
{
    const char *const base = base_make();
    const char *const root = liq_scratch_root();
    struct stat facts;

    cr_assert_not_null(root);
    cr_expect_eq(strncmp(root, base, strlen(base)), 0, "%s", root);
    cr_assert_eq(stat(root, &facts), 0);
    cr_expect_eq(facts.st_mode & 07777, 0700);
    cr_expect_eq(facts.st_uid, geteuid());
    cr_expect_str_eq(liq_scratch_root(), root);
    cr_assert_eq(stat(liq_scratch_kernels(), &facts), 0);
    cr_expect_eq(facts.st_mode & 07777, 0700);
}

Test(scratch, is_gone_after_exit)
{
    const char *const base = base_make();

    cr_assert_eq(child_with_scratch(false), 0);
    cr_expect_eq(support_entries(base), 0);
}

Test(scratch, of_a_killed_process_is_swept_by_the_next)
{
    const char *const base = base_make();

    cr_assert_eq(child_with_scratch(true), 1000 + SIGKILL);
    cr_assert_eq(support_entries(base), 1);
    cr_assert_eq(child_with_scratch(false), 0);
    cr_expect_eq(support_entries(base), 1, "too young to be judged");
    age(base);
    cr_assert_eq(child_with_scratch(false), 0);
    cr_expect_eq(support_entries(base), 0);
}

Test(scratch, of_a_living_process_is_left_alone)
{
    const char *const base = base_make();

    cr_assert_not_null(liq_scratch_root());
    age(base);
    cr_assert_eq(child_with_scratch(false), 0);
    cr_expect_eq(support_entries(base), 1);
    cr_expect_eq(access(liq_scratch_kernels(), F_OK), 0);
}

Test(scratch, of_a_fork_is_its_own)
{
    char root[LIQ_FOLDER_PATH_BYTES];
    const char *const base = base_make();
    pid_t child;

    (void)snprintf(root, sizeof root, "%s", liq_scratch_root());
    child = support_fork();
    if (child == 0)
        exit(strcmp(liq_scratch_root(), root) != 0 ? 0 : 1);
    cr_expect_eq(support_wait(child), 0);
    cr_expect_eq(support_entries(base), 1, "the child removed its own, not ours");
    cr_expect_eq(access(root, F_OK), 0);
}

static int writes_there(void *context, char *message, size_t message_bytes)
{
    char path[LIQ_FOLDER_PATH_BYTES];
    FILE *file;

    if (!liq_folder_join(path, liq_scratch_kernels(), "half-written.so"))
        return 1;
    (void)snprintf(message, message_bytes, "%s", liq_scratch_kernels());
    file = fopen(path, "w");
    if (file == NULL)
        return 2;
    (void)fclose(file);
    if (context != NULL)
        (void)raise(SIGKILL);
    return 0;
}

Test(scratch, of_a_child_is_apart_and_removed_by_the_parent)
{
    char message[LIQ_FOLDER_PATH_BYTES];
    char kernels[LIQ_FOLDER_PATH_BYTES];
    int anything;

    (void)base_make();
    (void)snprintf(kernels, sizeof kernels, "%s", liq_scratch_kernels());
    cr_assert_eq(liq_device_in_child(writes_there, NULL, message, sizeof message, 10000, NULL),
                 LIQ_OK);
    cr_expect_str_neq(message, kernels);
    cr_expect_eq(access(message, F_OK), -1);
    cr_assert_eq(liq_device_in_child(writes_there, &anything, message, sizeof message, 10000, NULL),
                 LIQ_SELF_TEST);
    cr_expect_eq(support_entries(liq_scratch_root()), 2, "the lock and our kernels");
    cr_expect_eq(support_entries(kernels), 0);
}

Test(scratch, passes_over_a_noexec_place)
{
    const char *const base = base_make();

    support_mount(base, MS_NOEXEC, "size=64m");
    cr_expect_not(liq_folder_runs_code(base));
    cr_assert_not_null(liq_scratch_root());
    cr_expect_neq(strncmp(liq_scratch_root(), base, strlen(base)), 0, "%s", liq_scratch_root());
    cr_expect_eq(support_entries(base), 0);
}

Test(scratch, passes_over_a_nearly_full_place)
{
    const char *const base = base_make();

    support_mount(base, 0, "size=16m");
    cr_expect_not(liq_folder_runs_code(base));
    cr_assert_not_null(liq_scratch_root());
    cr_expect_neq(strncmp(liq_scratch_root(), base, strlen(base)), 0);
}

Test(scratch, passes_over_bogus_places)
{
    static const char *const bogus[] = {"", "relative", "/proc/nowhere", "/etc/passwd"};

    for (size_t i = 0; i < sizeof bogus / sizeof bogus[0]; i++) {
        pid_t child;

        cr_assert_eq(setenv("TMPDIR", bogus[i], 1), 0);
        child = support_fork();
        if (child == 0)
            exit(liq_scratch_root() != NULL && liq_scratch_root()[0] == '/' ? 0 : 1);
        cr_expect_eq(support_wait(child), 0, "%s", bogus[i]);
    }
}

Test(scratch, removes_links_but_not_what_they_point_to)
{
    char link_path[LIQ_FOLDER_PATH_BYTES];
    char file_path[LIQ_FOLDER_PATH_BYTES];
    const char *const kept = support_folder();
    const char *const doomed = support_folder();
    FILE *file;

    cr_assert(liq_folder_join(file_path, kept, "file"));
    file = fopen(file_path, "w");
    cr_assert_not_null(file);
    (void)fclose(file);
    cr_assert(liq_folder_join(link_path, doomed, "link"));
    cr_assert_eq(symlink(kept, link_path), 0);
    liq_folder_remove(doomed);
    cr_expect_eq(access(doomed, F_OK), -1);
    cr_expect_eq(access(file_path, F_OK), 0);
}
