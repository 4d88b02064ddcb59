#include "support_capture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void capture_start(output_capture *capture)
{
    capture->descriptor = memfd_create("capture", MFD_CLOEXEC);
    cr_assert(capture->descriptor >= 0);
    capture->text = NULL;
    liq_output_start(&capture->output, capture->descriptor);
}

const char *capture_text(output_capture *capture)
{
    off_t bytes;

    cr_assert(liq_output_finish(&capture->output, NULL) == LIQ_OK);
    bytes = lseek(capture->descriptor, 0, SEEK_END);
    cr_assert(bytes >= 0);
    free(capture->text);
    capture->text = calloc((size_t)bytes + 1, 1);
    cr_assert_not_null(capture->text);
    cr_assert(pread(capture->descriptor, capture->text, (size_t)bytes, 0) == (ssize_t)bytes);
    return capture->text;
}

void capture_end(output_capture *capture)
{
    free(capture->text);
    (void)close(capture->descriptor);
}
