/* A program of somebody else, in C: knows the installed package and nothing more. */
#include <liqscan/progress.h>
#include <liqscan/status.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    liq_error error = {LIQ_OK, 0, ""};

    if (error.status != LIQ_OK || strcmp(liq_status_name(LIQ_NO_DEVICE), "no_device") != 0)
        return 1;
    (void)puts("outside: ok");
    return 0;
}
