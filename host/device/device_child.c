/*
 * A check of a device in a process of its own. A cached program that crashes its driver would crash
 * every later check too, so after such a crash the check gets one more try that compiles afresh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fail.h"
#include "device/cache.h"
#include "device/child.h"
#include "device/cl_internal.h"
#include "device/scratch.h"

typedef int check_run(void *context, char *message, size_t message_bytes);

enum { LINE_BYTES = 512 };

/* What the child needs to know. */
typedef struct check {
    check_run *run;
    void *context;
    volatile uint32_t *cache_loads; /* shared with the parent; NULL when memory for it is out */
    uint32_t scratch_child;
    bool distrusts_cache;
} check;

/* What it answers. */
typedef struct check_answer {
    int code;
    char line[LINE_BYTES];
} check_answer;

static liq_status check_once(const check *what, char *message, size_t message_bytes,
                             uint32_t timeout_ms, bool *crashed, liq_error *err);
static void check_in_child(void *context, int answer);

liq_status liq_device_in_child(int (*run)(void *context, char *message, size_t message_bytes),
                               void *context, char *message, size_t message_bytes,
                               uint32_t timeout_ms, liq_error *err)
{
    check what = {.run = run, .context = context};
    bool crashed = false;
    liq_status status;
    void *shared;

    LIQ_ASSERT(message_bytes > 0);
    message[0] = '\0';
    if (liq_platform_touched())
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "this process has opened a device already: a child could not use OpenCL");
    shared = mmap(NULL, sizeof *what.cache_loads, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED)
        what.cache_loads = shared;
    status = check_once(&what, message, message_bytes, timeout_ms, &crashed, err);
    if (crashed && what.cache_loads != NULL && *what.cache_loads > 0) {
        what.distrusts_cache = true;
        status = check_once(&what, message, message_bytes, timeout_ms, &crashed, err);
    }
    if (shared != MAP_FAILED)
        (void)munmap(shared, sizeof *what.cache_loads);
    return status;
}

static liq_status check_once(const check *what, char *message, size_t message_bytes,
                             uint32_t timeout_ms, bool *crashed, liq_error *err)
{
    check this_time = *what;
    check_answer answer;
    liq_child child;
    liq_status status;

    message[0] = '\0';
    this_time.scratch_child = liq_scratch_child_create();
    status = liq_child_run(&child, check_in_child, &this_time, timeout_ms, err);
    liq_scratch_child_remove(this_time.scratch_child);
    if (status != LIQ_OK)
        return status;
    *crashed = !child.finished && !child.timed_out;
    memset(&answer, 0, sizeof answer);
    answer.code = child.exit_code;
    if (child.finished) {
        LIQ_ASSERT(child.answer_bytes == sizeof answer);
        memcpy(&answer, child.answer, sizeof answer);
    } else {
        liq_child_describe(&child, timeout_ms, answer.line, sizeof answer.line);
    }
    free(child.answer);
    if (child.finished && answer.code != 0 && answer.line[0] == '\0')
        (void)snprintf(answer.line, sizeof answer.line, "the check returned %d", answer.code);
    (void)snprintf(message, message_bytes, "%s", answer.line);
    if (child.finished && answer.code == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_SELF_TEST, child.signal, "%s", answer.line);
}

static void check_in_child(void *context, int answer)
{
    const check *const what = context;
    check_answer reply;

    memset(&reply, 0, sizeof reply);
    liq_scratch_child_enter(what->scratch_child);
    liq_cache_watch(what->cache_loads);
    if (what->distrusts_cache)
        liq_cache_distrust();
    reply.code = what->run(what->context, reply.line, sizeof reply.line);
    reply.line[sizeof reply.line - 1] = '\0';
    (void)liq_child_write(answer, &reply, sizeof reply);
}
