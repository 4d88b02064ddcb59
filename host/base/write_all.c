#include "base/write_all.h"

#include <errno.h>
#include <unistd.h>

bool liq_write_all(int descriptor, const void *source, size_t bytes)
{
    const char *at = source;

    while (bytes > 0) {
        const ssize_t put = write(descriptor, at, bytes);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        bytes -= (size_t)put;
    }
    return true;
}
