/*
 * Where a socket stands, who may use it, and what may stand there before.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/socket_path.h"
#include "wire/support_client.h"

static const char *path;

static void setup(void)
{
    path = client_folder_make();
}

static void teardown(void)
{
    client_folder_remove();
}

TestSuite(socket_path, .init = setup, .fini = teardown);

static liq_socket_path listen_at(mode_t mode)
{
    liq_socket_path made;
    liq_error error = {.message = ""};

    cr_assert(liq_socket_path_listen(&made, path, mode, &error) == LIQ_OK, "%s", error.message);
    return made;
}

static void expect_refused(const char *at, liq_status status, const char *message)
{
    liq_socket_path made = {.descriptor = -7};
    liq_error error = {.message = ""};

    cr_expect(liq_socket_path_listen(&made, at, 0600, &error) == status);
    cr_expect(strstr(error.message, message) != NULL, "%s", error.message);
    cr_expect(made.descriptor == -7);
}

Test(socket_path, has_its_mode_whatever_the_umask)
{
    static const mode_t umasks[] = {0, 0022, 0077, 0177};
    static const mode_t modes[] = {0600, 0660};

    for (size_t i = 0; i < sizeof umasks / sizeof umasks[0]; i++)
        for (size_t j = 0; j < sizeof modes / sizeof modes[0]; j++) {
            const mode_t before = umask(umasks[i]);
            const liq_socket_path made = listen_at(modes[j]);
            struct stat found;

            (void)umask(before);
            cr_assert(lstat(path, &found) == 0 && S_ISSOCK(found.st_mode));
            cr_expect((found.st_mode & 0777) == modes[j], "%o", found.st_mode & 0777);
            liq_socket_path_close(&made, path);
            cr_expect(lstat(path, &found) != 0);
        }
}

Test(socket_path, replaces_a_socket_that_nobody_answers)
{
    const liq_socket_path left = listen_at(0600);
    liq_socket_path made;
    client caller;

    (void)close(left.descriptor); /* as a process that was killed leaves it */
    cr_assert(!client_try(&caller, path));
    made = listen_at(0600);
    client_open(&caller, path);
    client_close(&caller);
    liq_socket_path_close(&made, path);
}

Test(socket_path, refuses_a_socket_that_somebody_answers)
{
    const liq_socket_path made = listen_at(0600);
    client caller;

    expect_refused(path, LIQ_DUPLICATE, "another process answers there");
    client_open(&caller, path);
    client_close(&caller);
    liq_socket_path_close(&made, path);
}

Test(socket_path, refuses_what_is_no_socket_and_leaves_it)
{
    const int file = open(path, O_CREAT | O_WRONLY, 0600);
    struct stat found;

    expect_refused(path, LIQ_DUPLICATE, "is there already, and is no socket");
    cr_expect(lstat(path, &found) == 0 && S_ISREG(found.st_mode));
    (void)close(file);
    (void)unlink(path);
    cr_assert(symlink("nowhere", path) == 0);
    expect_refused(path, LIQ_DUPLICATE, "is there already, and is no socket");
}

Test(socket_path, refuses_a_path_that_cannot_be)
{
    char longer[200];

    (void)memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    longer[0] = '/';
    expect_refused(longer, LIQ_OUT_OF_RANGE,
                   "the path of a socket has 1 to 107 bytes, this one 199");
    expect_refused("", LIQ_OUT_OF_RANGE, "1 to 107 bytes, this one 0");
    expect_refused("/nowhere/at/all", LIQ_IO, "cannot make the socket: No such file or directory");
}

Test(socket_path, leaves_the_socket_of_somebody_else)
{
    const liq_socket_path first = listen_at(0600);
    liq_socket_path second;
    struct stat found;

    cr_assert(unlink(path) == 0);
    second = listen_at(0600);
    liq_socket_path_close(&first, path);
    cr_expect(lstat(path, &found) == 0 && found.st_ino == second.inode);
    liq_socket_path_close(&second, path);
}
