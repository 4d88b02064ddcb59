#include "device/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/write_all.h"

enum {
    READ_END = 0,
    WRITE_END = 1,
    ANSWER_BYTES_MAX = 16 << 20,
    POLL_MS = 10,
    CHUNK_BYTES = 4096,
    DRAIN_CHUNKS_MAX = 64 /* a child that never stops printing must not keep us from the clock */
};

/* Ends the answer of a child whose work returned. An exit() by a driver lacks it, and exit codes
 * are unknown to a parent that ignores SIGCHLD. */
static const char end_mark[8] = {'l', 'i', 'q', 'd', 'o', 'n', 'e', '\n'};

/* What the parent holds while it waits. */
typedef struct watch {
    pid_t pid;
    int answer;
    int noise; /* the child's stderr; both become -1 when the child has closed its end */
    size_t answer_capacity;
    size_t line_bytes;
    bool line_ended;
} watch;

static bool inside;

static void child_main(liq_child_work *work, void *context, const int answer[2], const int noise[2],
                       pid_t parent) __attribute__((noreturn));
static void reset_signals(void);
static void redirect(int noise);
static liq_status watch_child(watch *at, liq_child *child, uint32_t timeout_ms, liq_error *err);
static bool has_ended(pid_t pid);
static bool drain(watch *at, liq_child *child);
static bool read_chunk(int *end, char chunk[CHUNK_BYTES], size_t *bytes);
static bool take_answer(watch *at, liq_child *child, const void *data, size_t bytes);
static void take_noise(watch *at, liq_child *child, const char *data, size_t bytes);
static void reap(pid_t pid, liq_child *child);
static bool cut_end_mark(liq_child *child);
static void close_pair(int ends[2]);

liq_status liq_child_run(liq_child *child, liq_child_work *work, void *context, uint32_t timeout_ms,
                         liq_error *err)
{
    int answer[2] = {-1, -1};
    int noise[2] = {-1, -1};
    const pid_t parent = getpid();
    liq_status status;
    watch at = {0};

    memset(child, 0, sizeof *child);
    if (pipe2(answer, O_CLOEXEC) != 0 || pipe2(noise, O_CLOEXEC) != 0) {
        status = liq_fail(err, LIQ_IO, errno, "no pipe for a child process: %s", strerror(errno));
        goto done;
    }
    at.pid = fork();
    if (at.pid < 0) {
        status = liq_fail(err, LIQ_IO, errno, "no child process: %s", strerror(errno));
        goto done;
    }
    if (at.pid == 0)
        child_main(work, context, answer, noise, parent);
    (void)setpgid(at.pid, at.pid); /* the child does so too: whoever comes first */
    (void)close(answer[WRITE_END]);
    (void)close(noise[WRITE_END]);
    answer[WRITE_END] = -1;
    noise[WRITE_END] = -1;
    at.answer = answer[READ_END];
    at.noise = noise[READ_END];
    status = watch_child(&at, child, timeout_ms, err);
done:
    close_pair(answer);
    close_pair(noise);
    return status;
}

bool liq_child_write(int answer, const void *source, size_t bytes)
{
    return liq_write_all(answer, source, bytes);
}

void liq_child_describe(const liq_child *child, uint32_t timeout_ms, char *message,
                        size_t message_bytes)
{
    const char *const name = sigabbrev_np(child->signal);
    const char *const colon = child->line[0] != '\0' ? ": " : "";

    if (child->timed_out && timeout_ms % 1000 == 0)
        (void)snprintf(message, message_bytes, "no answer in %u s%s%s", timeout_ms / 1000, colon,
                       child->line);
    else if (child->timed_out)
        (void)snprintf(message, message_bytes, "no answer in %u ms%s%s", timeout_ms, colon,
                       child->line);
    else if (child->signal != 0)
        (void)snprintf(message, message_bytes, "signal %d (%s%s)%s%s", child->signal,
                       name != NULL ? "SIG" : "", name != NULL ? name : "unknown", colon,
                       child->line);
    else
        (void)snprintf(message, message_bytes, "exit code %d%s%s", child->exit_code, colon,
                       child->line);
}

bool liq_child_inside(void)
{
    return inside;
}

static void child_main(liq_child_work *work, void *context, const int answer[2], const int noise[2],
                       pid_t parent)
{
    const struct rlimit no_core = {0, 0};

    inside = true;
    (void)setpgid(0, 0);
    /* Ctrl-C reaches the parent's group only, so the parent's death must reach us by itself. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    reset_signals();
    redirect(noise[WRITE_END]);
    (void)close(answer[READ_END]);
    (void)close(noise[READ_END]);
    work(context, answer[WRITE_END]);
    /* Not exit(): the parent's buffered output and exit handlers are not ours to run. */
    _exit(liq_child_write(answer[WRITE_END], end_mark, sizeof end_mark) ? 0 : EXIT_FAILURE);
}

/* The parent's handlers set flags that nobody reads here; a blocked signal could not end us. */
static void reset_signals(void)
{
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &plain, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void redirect(int noise)
{
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere >= 0) {
        (void)dup2(nowhere, STDIN_FILENO);
        (void)dup2(nowhere, STDOUT_FILENO);
    }
    (void)dup2(noise, STDERR_FILENO);
}

static liq_status watch_child(watch *at, liq_child *child, uint32_t timeout_ms, liq_error *err)
{
    const uint64_t end_ns = liq_clock_ns() + (uint64_t)timeout_ms * 1000000;
    bool kept = true;

    while (kept && !has_ended(at->pid) && !child->timed_out) {
        struct pollfd ends[2] = {{.fd = at->answer, .events = POLLIN},
                                 {.fd = at->noise, .events = POLLIN}};

        if (poll(ends, 2, POLL_MS) > 0)
            kept = drain(at, child);
        child->timed_out = liq_clock_ns() >= end_ns && !has_ended(at->pid);
    }
    /* Before it is reaped, so that the group's number cannot be somebody else's yet. */
    (void)kill(-at->pid, SIGKILL);
    (void)kill(at->pid, SIGKILL);
    reap(at->pid, child);
    kept = kept && drain(at, child);
    if (kept) {
        child->finished = cut_end_mark(child);
        return LIQ_OK;
    }
    free(child->answer);
    child->answer = NULL;
    return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a child's answer");
}

static bool has_ended(pid_t pid)
{
    siginfo_t facts = {0};

    /* An error means that somebody ignores SIGCHLD and the kernel has taken the child away. */
    return waitid(P_PID, (id_t)pid, &facts, WEXITED | WNOHANG | WNOWAIT) != 0 ? errno != EINTR
                                                                              : facts.si_pid != 0;
}

/* Take what is in both pipes; never waits. False when memory is out. */
static bool drain(watch *at, liq_child *child)
{
    char chunk[CHUNK_BYTES];
    size_t bytes;

    for (unsigned i = 0; i < DRAIN_CHUNKS_MAX; i++) {
        const bool some = read_chunk(&at->answer, chunk, &bytes);

        if (some && !take_answer(at, child, chunk, bytes))
            return false;
        if (read_chunk(&at->noise, chunk, &bytes))
            take_noise(at, child, chunk, bytes);
        else if (!some)
            break;
    }
    return true;
}

/* Read once if there is something to read; an end that nobody writes to any more becomes -1. */
static bool read_chunk(int *end, char chunk[CHUNK_BYTES], size_t *bytes)
{
    struct pollfd ready = {.fd = *end, .events = POLLIN};
    ssize_t got;

    if (*end < 0 || poll(&ready, 1, 0) <= 0)
        return false;
    got = read(*end, chunk, CHUNK_BYTES);
    if (got == 0)
        *end = -1;
    *bytes = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static bool take_answer(watch *at, liq_child *child, const void *data, size_t bytes)
{
    void *grown = child->answer;

    if (bytes > ANSWER_BYTES_MAX - child->answer_bytes ||
        liq_memory_grow(&grown, &at->answer_capacity, child->answer_bytes + bytes, 1, NULL) !=
            LIQ_OK)
        return false;
    child->answer = grown;
    memcpy(child->answer + child->answer_bytes, data, bytes);
    child->answer_bytes += bytes;
    return true;
}

/* Keep the first line that is not empty. */
static void take_noise(watch *at, liq_child *child, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes && !at->line_ended; i++) {
        if (data[i] == '\n' && at->line_bytes > 0)
            at->line_ended = true;
        else if (data[i] != '\n' && at->line_bytes + 1 < sizeof child->line)
            child->line[at->line_bytes++] = data[i];
    }
}

static void reap(pid_t pid, liq_child *child)
{
    int state = 0;
    pid_t got;

    do
        got = waitpid(pid, &state, 0);
    while (got < 0 && errno == EINTR);
    child->exit_code = -1;
    if (got != pid)
        return;
    if (WIFEXITED(state))
        child->exit_code = WEXITSTATUS(state);
    if (WIFSIGNALED(state))
        child->signal = WTERMSIG(state);
}

/* Whether the answer ends as a finished one does; the mark is cut off. */
static bool cut_end_mark(liq_child *child)
{
    if (child->timed_out || child->signal != 0 || child->answer_bytes < sizeof end_mark)
        return false;
    if (memcmp(child->answer + child->answer_bytes - sizeof end_mark, end_mark, sizeof end_mark) !=
        0)
        return false;
    child->answer_bytes -= sizeof end_mark;
    return true;
}

static void close_pair(int ends[2])
{
    for (unsigned i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
}
