#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "device/device.h"
#include "support_device.h"

enum { MESSAGE_BYTES = 128, LONG_MS = 60000 };

typedef int run_function(void *context, char *message, size_t message_bytes);

typedef struct ending {
    const char *name;
    run_function *run;
    const char *message;
} ending;

static int returns_two(void *context, char *message, size_t message_bytes);
static int returns_two_silently(void *context, char *message, size_t message_bytes);
static int aborts(void *context, char *message, size_t message_bytes);
static int crashes(void *context, char *message, size_t message_bytes);
static int is_killed(void *context, char *message, size_t message_bytes);
static int exits(void *context, char *message, size_t message_bytes);
static int exits_well(void *context, char *message, size_t message_bytes);
static int prints_and_aborts(void *context, char *message, size_t message_bytes);
static int floods(void *context, char *message, size_t message_bytes);
static int hangs(void *context, char *message, size_t message_bytes);

static const ending endings[] = {
    {"returns_two", returns_two, "7 is not 8"},
    {"returns_two_silently", returns_two_silently, "the check returned 2"},
    {"aborts", aborts, "signal 6 (SIGABRT)"},
    {"crashes", crashes, "signal 11 (SIGSEGV)"},
    {"is_killed", is_killed, "signal 9 (SIGKILL)"},
    {"exits", exits, "exit code 3"},
    {"exits_well", exits_well, "exit code 0"},
    {"prints_and_aborts", prints_and_aborts, "signal 6 (SIGABRT): first line of trouble"},
};

Test(child, says_how_each_child_ended)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char message[MESSAGE_BYTES] = "before";
        liq_error err = {0};

        cr_expect_eq(
            liq_device_in_child(endings[i].run, NULL, message, sizeof message, LONG_MS, &err),
            LIQ_SELF_TEST, "%s", endings[i].name);
        cr_expect_str_eq(message, endings[i].message, "%s: %s", endings[i].name, message);
        cr_expect_str_eq(err.message, endings[i].message, "%s: %s", endings[i].name, err.message);
    }
}

static int succeeds(void *context, char *message, size_t message_bytes)
{
    const int *const number = context;

    (void)snprintf(message, message_bytes, "number %d", *number);
    return 0;
}

Test(child, brings_back_a_line_when_all_is_well)
{
    char message[MESSAGE_BYTES];
    int number = 42;

    cr_assert_eq(liq_device_in_child(succeeds, &number, message, sizeof message, LONG_MS, NULL),
                 LIQ_OK);
    cr_expect_str_eq(message, "number 42");
}

Test(child, cuts_the_line_to_fit)
{
    char message[8] = "";
    int number = 42;

    cr_assert_eq(liq_device_in_child(succeeds, &number, message, sizeof message, LONG_MS, NULL),
                 LIQ_OK);
    cr_expect_str_eq(message, "number ");
    cr_assert_eq(liq_device_in_child(succeeds, &number, message, 1, LONG_MS, NULL), LIQ_OK);
    cr_expect_str_eq(message, "");
}

Test(child, kills_a_child_that_hangs)
{
    char message[MESSAGE_BYTES];
    const uint64_t start_ns = liq_clock_ns();

    cr_assert_eq(liq_device_in_child(hangs, NULL, message, sizeof message, 250, NULL),
                 LIQ_SELF_TEST);
    cr_expect_str_eq(message, "no answer in 250 ms");
    cr_assert_eq(liq_device_in_child(hangs, NULL, message, sizeof message, 1000, NULL),
                 LIQ_SELF_TEST);
    cr_expect_str_eq(message, "no answer in 1 s");
    cr_expect(liq_clock_ns() - start_ns < UINT64_C(10000000000));
}

Test(child, is_not_held_up_by_a_child_that_prints_for_ever)
{
    char message[MESSAGE_BYTES];

    cr_assert_eq(liq_device_in_child(floods, NULL, message, sizeof message, 500, NULL),
                 LIQ_SELF_TEST);
    cr_expect_str_eq(message, "no answer in 500 ms: again and again");
}

/* Fork a grandchild that says its number and hangs; then hang or return as the context asks. */
static int leaves_a_grandchild(void *context, char *message, size_t message_bytes)
{
    pid_t *const shared = context;
    const pid_t grandchild = support_fork();

    (void)message;
    (void)message_bytes;
    if (grandchild == 0)
        for (;;)
            (void)pause();
    shared[0] = grandchild;
    while (shared[1] != 0)
        (void)pause();
    return 0;
}

static bool is_gone(pid_t process)
{
    for (unsigned i = 0; i < 500; i++) {
        char path[64];
        char state[256] = "";
        FILE *file;

        if (kill(process, 0) != 0 && errno == ESRCH)
            return true;
        /* In a container nobody may reap it: a zombie is gone too. */
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
        file = fopen(path, "r");
        if (file != NULL) {
            (void)!fgets(state, sizeof state, file);
            (void)fclose(file);
        }
        if (strstr(state, ") Z ") != NULL)
            return true;
        (void)usleep(10000);
    }
    return false;
}

static pid_t *shared_numbers(void)
{
    pid_t *const shared =
        mmap(NULL, 4 * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert(shared != MAP_FAILED);
    return shared;
}

Test(child, takes_with_it_what_it_forked)
{
    pid_t *const shared = shared_numbers();
    char message[MESSAGE_BYTES];

    cr_assert_eq(
        liq_device_in_child(leaves_a_grandchild, shared, message, sizeof message, LONG_MS, NULL),
        LIQ_OK);
    cr_expect(is_gone(shared[0]), "after a return");
    shared[1] = 1;
    cr_assert_eq(
        liq_device_in_child(leaves_a_grandchild, shared, message, sizeof message, 300, NULL),
        LIQ_SELF_TEST);
    cr_expect(is_gone(shared[0]), "after a hang");
}

static int tells_its_number_and_hangs(void *context, char *message, size_t message_bytes)
{
    volatile pid_t *const shared = context;

    (void)message;
    (void)message_bytes;
    shared[0] = getpid();
    for (;;)
        (void)pause();
    return 0;
}

Test(child, dies_with_its_parent)
{
    static const int endings_of_parent[] = {SIGINT, SIGTERM, SIGKILL};

    for (size_t i = 0; i < 3; i++) {
        volatile pid_t *const shared = shared_numbers();
        char message[MESSAGE_BYTES];
        const pid_t parent = support_fork();

        if (parent == 0) {
            (void)signal(SIGINT, SIG_DFL);
            (void)!liq_device_in_child(tells_its_number_and_hangs, (void *)(uintptr_t)shared,
                                       message, sizeof message, LONG_MS, NULL);
            _exit(0);
        }
        while (shared[0] == 0)
            (void)usleep(1000);
        (void)kill(parent, endings_of_parent[i]);
        cr_expect_eq(support_wait(parent), 1000 + endings_of_parent[i]);
        cr_expect(is_gone(shared[0]), "signal %d", endings_of_parent[i]);
    }
}

static int prints_much(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    (void)printf("to stdout\n");
    (void)fflush(stdout);
    (void)fprintf(stderr, "to stderr\n");
    (void)!write(STDOUT_FILENO, "raw\n", 4);
    return getchar() == EOF ? 0 : 1;
}

Test(child, keeps_its_prints_and_our_input_apart)
{
    char path[SUPPORT_PATH_BYTES];
    char message[MESSAGE_BYTES];
    struct stat facts;
    int file;

    (void)snprintf(path, sizeof path, "%s/out", support_folder());
    file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    cr_assert(file >= 0);
    cr_assert_eq(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
    cr_assert_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    cr_assert_eq(liq_device_in_child(prints_much, NULL, message, sizeof message, LONG_MS, NULL),
                 LIQ_OK);
    cr_assert_eq(fstat(file, &facts), 0);
    cr_expect_eq(facts.st_size, 0);
}

static int expects_plain_signals(void *context, char *message, size_t message_bytes)
{
    struct sigaction now;
    sigset_t blocked;

    (void)context;
    (void)message;
    (void)message_bytes;
    if (sigaction(SIGTERM, NULL, &now) != 0 || now.sa_handler != SIG_DFL)
        return 1;
    return sigprocmask(SIG_BLOCK, NULL, &blocked) != 0 || sigismember(&blocked, SIGINT) ? 2 : 0;
}

Test(child, does_not_inherit_our_handlers_and_masks)
{
    char message[MESSAGE_BYTES];
    sigset_t blocked;

    (void)signal(SIGTERM, SIG_IGN);
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    cr_expect_eq(
        liq_device_in_child(expects_plain_signals, NULL, message, sizeof message, LONG_MS, NULL),
        LIQ_OK, "%s", message);
}

Test(child, works_where_sigchld_is_ignored)
{
    char message[MESSAGE_BYTES];
    int number = 1;

    (void)signal(SIGCHLD, SIG_IGN);
    cr_expect_eq(liq_device_in_child(succeeds, &number, message, sizeof message, LONG_MS, NULL),
                 LIQ_OK, "%s", message);
    cr_expect_eq(liq_device_in_child(aborts, NULL, message, sizeof message, LONG_MS, NULL),
                 LIQ_SELF_TEST);
}

Test(child, leaves_no_descriptor_and_no_zombie)
{
    char message[MESSAGE_BYTES];
    int number = 1;
    size_t before;

    cr_assert_eq(liq_device_in_child(succeeds, &number, message, sizeof message, LONG_MS, NULL),
                 LIQ_OK);
    before = support_entries("/proc/self/fd");
    for (unsigned i = 0; i < 20; i++)
        cr_assert_eq(liq_device_in_child(succeeds, &number, message, sizeof message, LONG_MS, NULL),
                     LIQ_OK);
    cr_expect_eq(support_entries("/proc/self/fd"), before);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}

static int returns_two(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)snprintf(message, message_bytes, "7 is not 8");
    return 2;
}

static int returns_two_silently(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    return 2;
}

static int aborts(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)snprintf(message, message_bytes, "lost");
    abort();
}

static int crashes(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    (void)raise(SIGSEGV);
    return 0;
}

static int is_killed(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    (void)raise(SIGKILL);
    return 0;
}

static int exits(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    _exit(3);
}

static int exits_well(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    _exit(0);
}

static int prints_and_aborts(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    (void)fprintf(stderr, "\n\nfirst line of trouble\nsecond line\n");
    abort();
}

static int floods(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    for (;;)
        (void)fprintf(stderr, "again and again\n");
    return 0;
}

static int hangs(void *context, char *message, size_t message_bytes)
{
    (void)context;
    (void)message;
    (void)message_bytes;
    for (;;)
        (void)pause();
    return 0;
}
