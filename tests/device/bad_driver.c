/*
 * An OpenCL driver that ends the process as soon as it is loaded, as broken ones do.
 */
#include <stdio.h>
#include <stdlib.h>

static void die(void) __attribute__((constructor));

static void die(void)
{
    (void)fprintf(stderr, "bad driver: no such luck\n");
    abort();
}
