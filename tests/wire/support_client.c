#include "wire/support_client.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

static char folder[64];
static char path_in[80];
static char line_now[CLIENT_BYTES + 1];

const char *client_folder_make(void)
{
    (void)strcpy(folder, "/tmp/liq_socket_XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(path_in, sizeof path_in, "%s/s", folder);
    return path_in;
}

void client_folder_remove(void)
{
    (void)unlink(path_in);
    cr_expect(rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

bool client_try(client *out, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)strcpy(address.sun_path, path);
    out->bytes = 0;
    out->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(out->descriptor >= 0);
    if (connect(out->descriptor, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    (void)close(out->descriptor);
    return false;
}

void client_open(client *out, const char *path)
{
    cr_assert(client_try(out, path), "%s: %s", path, strerror(errno));
}

void client_close(client *of)
{
    (void)close(of->descriptor);
}

void client_send(client *of, const char *text)
{
    client_send_bytes(of, text, strlen(text));
}

void client_send_bytes(client *of, const char *bytes, size_t count)
{
    while (count > 0) {
        struct pollfd entry = {.fd = of->descriptor, .events = POLLOUT};
        ssize_t sent;

        cr_assert(poll(&entry, 1, PATIENCE_MS) == 1, "nobody reads");
        sent = send(of->descriptor, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN)
            continue;
        cr_assert(sent > 0, "%s", strerror(errno));
        bytes += sent;
        count -= (size_t)sent;
    }
}

void client_send_end(client *of)
{
    cr_assert(shutdown(of->descriptor, SHUT_WR) == 0);
}

const char *client_line(client *of)
{
    for (;;) {
        const char *newline = memchr(of->held, '\n', of->bytes);
        struct pollfd entry = {.fd = of->descriptor, .events = POLLIN};
        ssize_t bytes;

        if (newline != NULL) {
            const size_t count = (size_t)(newline - of->held);

            memcpy(line_now, of->held, count);
            line_now[count] = '\0';
            of->bytes -= count + 1;
            memmove(of->held, newline + 1, of->bytes);
            return line_now;
        }
        cr_assert(of->bytes < CLIENT_BYTES);
        cr_assert(poll(&entry, 1, PATIENCE_MS) == 1, "nothing comes");
        bytes = recv(of->descriptor, of->held + of->bytes, CLIENT_BYTES - of->bytes, 0);
        if (bytes <= 0) {
            cr_expect(of->bytes == 0, "half a line at the end");
            return NULL;
        }
        of->bytes += (size_t)bytes;
    }
}

void client_expect(client *of, const char *line)
{
    const char *const found = client_line(of);

    cr_assert(found != NULL && strcmp(found, line) == 0, "%s rather than %s",
              found == NULL ? "the end" : found, line);
}

void client_expect_end(client *of)
{
    const char *const found = client_line(of);

    cr_assert(found == NULL, "%s rather than the end", found);
}
