#include "journal/kill_point.h"

#ifdef LIQ_KILL_POINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The engine's thread alone passes here. */
void liq_kill_point(const char *name)
{
    static const char *place = "";
    static long left = -1;

    if (left == -1) {
        const char *at = getenv("LIQ_KILL_AT");
        const char *colon = at == NULL ? NULL : strchr(at, ':');

        left = colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
        place = at == NULL ? "" : at;
    }
    if (left > 0 && strncmp(place, name, strlen(name)) == 0 && place[strlen(name)] == ':' &&
        --left == 0)
        (void)raise(SIGKILL);
}

#else

typedef int liq_kill_point_is_left_out; /* a file of C is never empty */

#endif
