#include "app/picture_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/new_file.h"

static bool ends_in(const char *path, const char *ending);
static liq_status page_write(liq_output *output, const liq_picture *picture, bool is_html,
                             liq_error *err);

liq_status liq_picture_check(const char *path, liq_error *err)
{
    if (ends_in(path, ".svg") || ends_in(path, ".html"))
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0, "--picture \"%.160s\" ends in neither .svg nor .html",
                    path);
}

liq_status liq_picture_write(const char *path, const liq_picture *picture, liq_error *err)
{
    liq_new_file file = {.descriptor = -1};
    liq_output *output = NULL;
    liq_status status = liq_memory_array(&output, 1, sizeof *output, err);

    if (status != LIQ_OK)
        return status;
    if ((status = liq_new_file_begin(&file, path, err)) == LIQ_OK) {
        liq_output_start(output, file.descriptor);
        if ((status = page_write(output, picture, ends_in(path, ".html"), err)) == LIQ_OK &&
            (status = liq_output_finish(output, err)) == LIQ_OK)
            status = liq_new_file_commit(&file, err);
    }
    liq_new_file_discard(&file);
    free(output);
    return status;
}

static bool ends_in(const char *path, const char *ending)
{
    const size_t bytes = strlen(path);

    return bytes > strlen(ending) && strcmp(path + bytes - strlen(ending), ending) == 0;
}

static liq_status page_write(liq_output *output, const liq_picture *picture, bool is_html,
                             liq_error *err)
{
    liq_status status;

    if (is_html)
        liq_output_format(output,
                          "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"color-scheme\" content=\"light dark\">"
                          "<title>%s</title><style>body{margin:0}svg{display:block;"
                          "width:100%%;height:auto}</style></head><body>\n",
                          picture->title);
    liq_output_format(output,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" "
                      "role=\"img\" aria-label=\"%s\">\n",
                      picture->width, picture->height, picture->title);
    liq_output_string(output, picture->style);
    liq_output_string(output, "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n");
    status = picture->draw(output, picture->context, err);
    liq_output_string(output, "</svg>\n");
    if (is_html)
        liq_output_string(output, "</body></html>\n");
    return status;
}
