/*
 * Threads write to one log and flush it while another reads what comes out, line by line: every
 * line is whole, and none is lost without being counted.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/log.h"

enum { ROUNDS = 2000, WRITERS = 3 };

static liq_log the_log;
static int ends[2];

static void *write_lines(void *name);
static void *read_lines(void *unused);
static uint64_t number_behind(const char *line, const char *key);

int main(void)
{
    static char names[WRITERS][8] = {"one", "two", "three"};
    pthread_t writers[WRITERS];
    pthread_t reader;
    void *seen = NULL;

    LIQ_ASSERT(pipe(ends) == 0);
    liq_log_start(&the_log, ends[1], LIQ_LOG_JSON, LIQ_LOG_INFO);
    LIQ_ASSERT(pthread_create(&reader, NULL, read_lines, NULL) == 0);
    for (int i = 0; i < WRITERS; i++)
        LIQ_ASSERT(pthread_create(&writers[i], NULL, write_lines, names[i]) == 0);
    for (int i = 0; i < WRITERS; i++)
        LIQ_ASSERT(pthread_join(writers[i], NULL) == 0);
    liq_log_end(&the_log);
    LIQ_ASSERT(close(ends[1]) == 0);
    LIQ_ASSERT(pthread_join(reader, &seen) == 0);
    /* Nothing was dropped: the reader kept up with the few lines that the limits let through. */
    LIQ_ASSERT((uintptr_t)seen == (uintptr_t)ROUNDS * WRITERS);
    (void)puts("tsan_log: ok");
    return 0;
}

static void *write_lines(void *name)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        liq_log_write(&the_log, LIQ_LOG_INFO, (const char *)name,
                      LIQ_LOG_FIELDS(liq_log_count("round", i)));
        liq_log_flush(&the_log);
    }
    return NULL;
}

/* Events told so far: one a line, and what a line says was held back. */
static void *read_lines(void *unused)
{
    FILE *file = fdopen(ends[0], "r");
    char line[LIQ_LOG_LINE_BYTES + 1];
    uintptr_t seen = 0;

    (void)unused;
    LIQ_ASSERT(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        LIQ_ASSERT(line[0] == '{' && strcmp(line + strlen(line) - 2, "}\n") == 0);
        seen += strstr(line, "\"round\":") != NULL;
        seen += (uintptr_t)number_behind(line, "\"repeated\":");
    }
    LIQ_ASSERT(fclose(file) == 0);
    return (void *)seen;
}

static uint64_t number_behind(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    unsigned long long number = 0;

    if (at != NULL)
        LIQ_ASSERT(sscanf(at + strlen(key), "%llu", &number) == 1);
    return number;
}
