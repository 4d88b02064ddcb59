/*
 * Runs the program as a user does, and keeps what it said.
 */
#ifndef LIQ_TESTS_SUPPORT_RUN_H
#define LIQ_TESTS_SUPPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { RUN_WORDS_MAX = 32 };

typedef struct run_result {
    int code;      /* exit code, or 1000 plus the signal that ended it */
    char *output;  /* standard output, when it was not sent elsewhere */
    char *message; /* standard error */
} run_result;

/* How to run; zero everything for the usual. */
typedef struct run_setup {
    int output_descriptor;   /* standard output of the program; 0: kept, -1: closed */
    const char *environment; /* one NAME=VALUE more; NULL: none */
} run_setup;

/* A program that was started and not waited for. */
typedef struct run_child {
    pid_t process; /* also its process group */
    int output;
    int message;
    bool is_kept; /* whether output is ours to read */
} run_child;

/* Run to the end. words end with NULL; the program's name is not among them. */
void run(run_result *out, const run_setup *setup, const char *const *words);

/* Split at blanks and run. */
void run_line(run_result *out, const char *line);

/* The same with each %F in the line standing for a folder. */
void run_line_in(run_result *out, const char *folder, const char *line);

run_child run_start(const run_setup *setup, const char *const *words);

/* Wait for the end. Fails the test when a process of the program's group is left. */
void run_end(run_child *child, run_result *out);

void run_clear(run_result *result);

/* The value of a key in the first, or the last, line of JSON that holds a text; without quotes.
 * Lent until the next call. */
const char *line_field(const char *output, const char *line_with, const char *key);
const char *last_line_field(const char *output, const char *line_with, const char *key);

/* Lines in a text. */
size_t line_count(const char *text);

/* A new folder below $TMPDIR or /tmp; out has room for 4096 bytes. */
void folder_make(char *out);

/* Write a file of the folder. */
void folder_write(const char *folder, const char *name, const char *text);

/* The text of a file of the folder, to be freed; NULL: there is none. */
char *folder_read(const char *folder, const char *name);

/* Generate a book of 1,500 accounts, a fifth of them near their limits, in three instruments. */
void book_generate(const char *folder);

/* Put a policy, as an object of JSON, before what venue.json of the folder says. */
void policy_put(const char *folder, const char *policy);

/* Remove a folder and the files in it. */
void folder_remove(const char *folder);

#endif
