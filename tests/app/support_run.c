#include "support_run.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATH_BYTES = 4096, ENVIRONMENT_MAX = 512, LINE_BYTES = 16384 };

static char *read_back(int descriptor);
static const char *field_at(const char *output, const char *at, const char *line_with,
                            const char *key);

void run(run_result *out, const run_setup *setup, const char *const *words)
{
    run_child child = run_start(setup, words);

    run_end(&child, out);
}

void run_line(run_result *out, const char *line)
{
    const run_setup setup = {0};
    const char *words[RUN_WORDS_MAX + 1];
    char *copy = strdup(line);
    size_t count = 0;
    char *rest;

    cr_assert_not_null(copy);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        cr_assert(count < RUN_WORDS_MAX);
        words[count++] = word;
    }
    words[count] = NULL;
    run(out, &setup, words);
    free(copy);
}

void run_line_in(run_result *out, const char *folder, const char *line)
{
    char filled[LINE_BYTES];
    size_t used = 0;

    for (const char *at = line; *at != '\0'; at++) {
        const bool is_folder = at[0] == '%' && at[1] == 'F';
        const int bytes = is_folder ? (int)strlen(folder) : 1;

        cr_assert_lt(used + (size_t)bytes, sizeof filled);
        memcpy(filled + used, is_folder ? folder : at, (size_t)bytes);
        used += (size_t)bytes;
        at += is_folder;
    }
    filled[used] = '\0';
    run_line(out, filled);
}

run_child run_start(const run_setup *setup, const char *const *words)
{
    run_child child = {.output = memfd_create("output", MFD_CLOEXEC),
                       .message = memfd_create("message", MFD_CLOEXEC),
                       .is_kept = setup->output_descriptor == 0};
    char *environment[ENVIRONMENT_MAX + 2];
    char *arguments[RUN_WORDS_MAX + 2] = {strdup("liqscan")};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    size_t count = 0;

    cr_assert(child.output >= 0 && child.message >= 0);
    for (size_t i = 0; words[i] != NULL; i++)
        arguments[i + 1] = strdup(words[i]);
    for (; environ[count] != NULL && count < ENVIRONMENT_MAX; count++)
        environment[count] = environ[count];
    environment[count] = setup->environment == NULL ? NULL : strdup(setup->environment);
    environment[count + 1] = NULL;
    cr_assert(posix_spawn_file_actions_init(&actions) == 0);
    cr_assert(posix_spawnattr_init(&attributes) == 0);
    cr_assert(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) == 0);
    if (setup->output_descriptor < 0)
        cr_assert(posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO) == 0);
    else
        cr_assert(posix_spawn_file_actions_adddup2(
                      &actions, child.is_kept ? child.output : setup->output_descriptor,
                      STDOUT_FILENO) == 0);
    cr_assert(posix_spawn_file_actions_adddup2(&actions, child.message, STDERR_FILENO) == 0);
    cr_assert(posix_spawn(&child.process, LIQ_PROGRAM, &actions, &attributes, arguments,
                          environment) == 0,
              "%s cannot be run", LIQ_PROGRAM);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    for (size_t i = 0; arguments[i] != NULL; i++)
        free(arguments[i]);
    free(environment[count]);
    return child;
}

void run_end(run_child *child, run_result *out)
{
    int status;

    while (waitpid(child->process, &status, 0) < 0)
        cr_assert(errno == EINTR);
    out->code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    out->output = read_back(child->output);
    out->message = read_back(child->message);
    cr_expect(kill(-child->process, 0) < 0 && errno == ESRCH, "a child process is left");
}

void run_clear(run_result *result)
{
    free(result->output);
    free(result->message);
}

const char *line_field(const char *output, const char *line_with, const char *key)
{
    return field_at(output, strstr(output, line_with), line_with, key);
}

const char *last_line_field(const char *output, const char *line_with, const char *key)
{
    const char *at = NULL;

    for (const char *found = output; (found = strstr(found, line_with)) != NULL; found++)
        at = found;
    return field_at(output, at, line_with, key);
}

/* Of the line that a place is in. */
static const char *field_at(const char *output, const char *at, const char *line_with,
                            const char *key)
{
    static char out[256];
    char quoted[64];

    cr_assert(at != NULL, "no line with %s in %s", line_with, output);
    while (at > output && at[-1] != '\n')
        at--;
    (void)snprintf(quoted, sizeof quoted, "\"%s\":", key);
    at = strstr(at, quoted);
    cr_assert(at != NULL, "%s", key);
    at += strlen(quoted);
    (void)snprintf(out, sizeof out, "%.*s", (int)strcspn(at + 1, ",}\"") + 1, at);
    return out[0] == '"' ? out + 1 : out;
}

size_t line_count(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

void folder_make(char *out)
{
    const char *temporary = getenv("TMPDIR");

    (void)snprintf(out, PATH_BYTES, "%s/liq-test-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    cr_assert_not_null(mkdtemp(out));
}

void folder_write(const char *folder, const char *name, const char *text)
{
    char path[2 * PATH_BYTES];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert(fputs(text, file) >= 0);
    cr_assert(fclose(file) == 0);
}

char *folder_read(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    FILE *file;
    char *text;
    long bytes;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if ((file = fopen(path, "r")) == NULL)
        return NULL;
    cr_assert(fseek(file, 0, SEEK_END) == 0);
    bytes = ftell(file);
    rewind(file);
    text = calloc((size_t)bytes + 1, 1);
    cr_assert_not_null(text);
    cr_assert_eq(fread(text, 1, (size_t)bytes, file), (size_t)bytes);
    (void)fclose(file);
    return text;
}

void book_generate(const char *folder)
{
    run_result generated;

    run_line_in(&generated, folder,
                "generate %F --accounts 1500 --instruments 3 --seed 5 --near 20%");
    cr_assert_eq(generated.code, 0, "%s", generated.message);
    run_clear(&generated);
}

void policy_put(const char *folder, const char *policy)
{
    char *before = folder_read(folder, "venue.json");
    char *after = NULL;

    cr_assert(before != NULL && before[0] == '{');
    cr_assert(asprintf(&after, "{\"policy\": %s,%s", policy, before + 1) > 0);
    folder_write(folder, "venue.json", after);
    free(after);
    free(before);
}

void folder_remove(const char *folder)
{
    DIR *directory = opendir(folder);
    char path[2 * PATH_BYTES];

    cr_assert_not_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        cr_assert(unlink(path) == 0);
    }
    (void)closedir(directory);
    cr_assert(rmdir(folder) == 0);
}

static char *read_back(int descriptor)
{
    const off_t bytes = lseek(descriptor, 0, SEEK_END);
    char *text = bytes < 0 ? NULL : calloc((size_t)bytes + 1, 1);

    cr_assert_not_null(text);
    cr_assert(pread(descriptor, text, (size_t)bytes, 0) == (ssize_t)bytes);
    (void)close(descriptor);
    return text;
}
