/*
 * The other side of a Unix-domain socket, for tests: blocking calls that fail the test when they
 * take longer than ten seconds.
 */
#ifndef LIQ_TESTS_WIRE_SUPPORT_CLIENT_H
#define LIQ_TESTS_WIRE_SUPPORT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

enum { CLIENT_BYTES = 65536 };

typedef struct client {
    int descriptor;
    size_t bytes; /* of what was received and not taken */
    char held[CLIENT_BYTES + 1];
} client;

/** A path in a new folder; to be removed with client_folder_remove. */
const char *client_folder_make(void);
void client_folder_remove(void);

/** Connect. @return false: nobody answers */
bool client_try(client *out, const char *path);
void client_open(client *out, const char *path);
void client_close(client *of);

void client_send(client *of, const char *text);
void client_send_bytes(client *of, const char *bytes, size_t count);

/** The other side will see the end of what this one sends; it can still be read from. */
void client_send_end(client *of);

/** The next line, without its newline, lent until the next call. NULL: the connection has ended. */
const char *client_line(client *of);

/** Require that this is the next line. */
void client_expect(client *of, const char *line);

/** Require that the connection has ended. */
void client_expect_end(client *of);

#endif
