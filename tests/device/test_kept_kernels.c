#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/kept_kernels.h"
#include "support_device.h"

enum { PATH_BYTES = 512 };

static const char folder[] = "AB/CDEF";

static void file_put(const char *root, const char *name, const char *text)
{
    char path[PATH_BYTES];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *at = strchr(path + strlen(root) + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    cr_assert_eq(fclose(file), 0);
}

/* @return whether a file is there and holds just this */
static bool file_is(const char *root, const char *name, const char *text)
{
    char path[PATH_BYTES];
    char got[64] = "";
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    if ((file = fopen(path, "rb")) == NULL)
        return false;
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    (void)fclose(file);
    return strcmp(got, text) == 0;
}

static void program_put(const char *root)
{
    file_put(root, "AB/CDEF/program.bc", "code");
    file_put(root, "AB/CDEF/scan/1-1-1/scan.so", "library");
    file_put(root, "AB/CDEF/last_accessed", "");
    file_put(root, "AB/CDEF/.hidden", "no");
    file_put(root, "tempfile_x", "no");
}

Test(kept_kernels, names_the_one_folder_that_is_new)
{
    const char *const root = support_folder();
    char name[LIQ_KEPT_NAME_BYTES] = "as before";
    char *before;

    file_put(root, "AB/CDEFG/program.bc", "another");
    before = liq_kept_folders(root);
    liq_kept_new(name, root, before);
    cr_expect_str_eq(name, "as before", "none is new");
    program_put(root);
    liq_kept_new(name, root, before);
    cr_expect_str_eq(name, folder);
    file_put(root, "AC/CDEF/program.bc", "and one more");
    (void)snprintf(name, sizeof name, "as before");
    liq_kept_new(name, root, before);
    cr_expect_str_eq(name, "as before", "two are new");
    free(before);
    cr_expect_null(liq_kept_folders("/nowhere"));
}

Test(kept_kernels, lie_in_another_folder_as_they_lay)
{
    const char *const source = support_folder();
    const char *const target = support_folder();
    char name[LIQ_KEPT_NAME_BYTES];
    liq_kept kept = {0};

    program_put(source);
    liq_kept_add_all(&kept, source, folder);
    cr_assert_not(kept.failed);
    file_put(target, "AB/CDEF/program.bc", "mine");
    cr_assert(liq_kept_write(kept.bytes, kept.byte_count, target, name));
    cr_expect_str_eq(name, folder);
    cr_expect(file_is(target, "AB/CDEF/scan/1-1-1/scan.so", "library"));
    cr_expect(file_is(target, "AB/CDEF/program.bc", "mine"), "what is there stays");
    cr_expect_not(file_is(target, "AB/CDEF/last_accessed", ""));
    cr_expect_not(file_is(target, "AB/CDEF/.hidden", "no"));
    liq_kept_clear(&kept);
}

Test(kept_kernels, fail_where_there_is_no_folder)
{
    liq_kept kept = {0};

    liq_kept_add_all(&kept, support_folder(), folder);
    cr_expect(kept.failed);
    liq_kept_clear(&kept);
}

/* By the hash of a cache these come from nowhere; still none may lead out of the folder. */
Test(kept_kernels, refuse_bytes_that_were_not_put_together_here)
{
    const char *const names[] = {"../x", "/tmp/x", "a/../../x", ".x", "a/.x", "tempfile", ""};
    const char *const source = support_folder();
    const char *const target = support_folder();
    char name[LIQ_KEPT_NAME_BYTES];
    liq_kept kept = {0};

    program_put(source);
    liq_kept_add_all(&kept, source, folder);
    cr_assert_not(kept.failed);
    for (size_t cut = 0; cut < kept.byte_count; cut += cut < 40 ? 1 : 7) {
        const bool is_whole = liq_kept_write(kept.bytes, cut, target, name);

        cr_expect(!is_whole || cut >= 16 + sizeof folder, "cut at %zu", cut);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned char bytes[64] = {0};
        const size_t name_bytes = strlen(names[i]) + 1;

        bytes[0] = (unsigned char)name_bytes;
        memcpy(bytes + 16, names[i], name_bytes);
        cr_expect_not(liq_kept_write(bytes, 16 + name_bytes, target, name), "\"%s\"", names[i]);
    }
    liq_kept_clear(&kept);
}
