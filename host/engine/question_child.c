#include "engine/question_child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/write_all.h"
#include "outlet/body.h"

enum { HTTP_FAILED = 500, BODY_BYTES_MAX = 16 * 1024 * 1024 };

_Noreturn static void child_run(const liq_question *question, liq_question_write *write_body,
                                void *context, int answer);
static char *all_read(int descriptor, size_t *bytes);

liq_status liq_question_begin(liq_question_child *child, const liq_question *question,
                              liq_question_write *write_body, void *context, liq_error *err)
{
    const int answer = memfd_create("liqscan answer", MFD_CLOEXEC);
    pid_t pid;

    if (answer < 0)
        return liq_fail(err, LIQ_IO, errno, "memfd_create: %s", strerror(errno));
    if ((pid = fork()) < 0) {
        const int native = errno;

        (void)close(answer);
        return liq_fail(err, LIQ_IO, native, "fork: %s", strerror(native));
    }
    if (pid == 0)
        child_run(question, write_body, context, answer);
    *child = (liq_question_child){.child = pid, .answer = answer, .ticket = question->ticket};
    return LIQ_OK;
}

/* The status goes first, so that an answer that was cut short is told from a whole one by how the
 * process ended. */
_Noreturn static void child_run(const liq_question *question, liq_question_write *write_body,
                                void *context, int answer)
{
    char *data = NULL;
    size_t bytes = 0;
    unsigned status;
    bool is_written;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it lives no longer than who asked for it */
    status = liq_question_body(question, write_body, context, &data, &bytes);
    is_written = liq_write_all(answer, (const char *)&status, sizeof status) &&
                 liq_write_all(answer, data, bytes);

    _exit(is_written ? 0 : 1);
}

unsigned liq_question_body(const liq_question *question, liq_question_write *write_body,
                           void *context, char **data, size_t *bytes)
{
    static liq_output output; /* of the engine's thread alone, and large */
    liq_body body;
    liq_json_out json;
    unsigned status;

    *data = NULL;
    *bytes = 0;
    liq_body_start(&body, &output, BODY_BYTES_MAX);
    liq_json_out_start(&json, &output);
    liq_json_out_object(&json, NULL);
    status = write_body(context, question, &json);
    liq_json_out_close(&json);
    return liq_body_finish(&body, &output, data, bytes, NULL) == LIQ_OK ? status : HTTP_FAILED;
}

void liq_question_poll(liq_question_child *child, liq_mailbox *mailbox)
{
    const uint64_t ticket = child->ticket;
    unsigned status = HTTP_FAILED;
    size_t bytes = 0;
    char *data;
    int how;

    if (child->child == 0 || waitpid(child->child, &how, WNOHANG) != child->child)
        return;
    data = WIFEXITED(how) && WEXITSTATUS(how) == 0 ? all_read(child->answer, &bytes) : NULL;
    (void)close(child->answer);
    *child = (liq_question_child){0};
    if (data != NULL && bytes >= sizeof status) {
        memcpy(&status, data, sizeof status);
        bytes -= sizeof status;
        memmove(data, data + sizeof status, bytes);
    } else {
        bytes = 0;
    }
    liq_mailbox_answer(mailbox, ticket, status, data, bytes);
}

void liq_question_end(liq_question_child *child)
{
    int how;

    if (child->child == 0)
        return;
    (void)kill(child->child, SIGKILL);
    (void)waitpid(child->child, &how, 0);
    (void)close(child->answer);
    *child = (liq_question_child){0};
}

/* @return memory for free(), or NULL */
static char *all_read(int descriptor, size_t *bytes)
{
    const off_t end = lseek(descriptor, 0, SEEK_END);
    char *data = end <= 0 ? NULL : malloc((size_t)end);

    if (data == NULL || pread(descriptor, data, (size_t)end, 0) != end) {
        free(data);
        return NULL;
    }
    *bytes = (size_t)end;
    return data;
}
