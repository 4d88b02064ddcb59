#include "device/program.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "device/cl_internal.h"
#include "device/program_cache.h"

enum { LOG_LINE_BYTES = 320 };

static liq_status program_create(liq_program **out, liq_device *device, const char *source,
                                 const char *options, liq_error *err);
static liq_program *find_same(const liq_program *program);
static void unlink_program(const liq_program *program);
static liq_status build_from_source(liq_program *program, liq_error *err);
static void build_log_line(char line[LOG_LINE_BYTES], cl_program handle, cl_device_id id);
static const char *telling_line(const char *log);

liq_status liq_program_build(liq_program **out, liq_device *device, const char *source,
                             const char *options, liq_error *err)
{
    liq_program *program = NULL;
    liq_program *same;
    liq_status status;

    if ((status = program_create(&program, device, source, options, err)) != LIQ_OK)
        return status;
    liq_program_cache_key(program);
    if ((same = find_same(program)) != NULL) {
        same->use_count++;
        *out = same;
        goto done;
    }
    program->cached = liq_program_cache_restore(program);
    if (!program->cached && (status = build_from_source(program, err)) != LIQ_OK)
        goto done;
    liq_program_cache_built(program);
    program->next = device->programs;
    device->programs = program;
    *out = program;
    program = NULL; /* given away */
done:
    liq_program_destroy(program);
    return status;
}

void liq_program_destroy(liq_program *program)
{
    if (program == NULL || --program->use_count > 0)
        return;
    unlink_program(program);
    if (program->handle != NULL) {
        liq_program_cache_closing(program);
        (void)clReleaseProgram(program->handle);
    }
    LIQ_ASSERT(program->device->child_count > 0);
    program->device->child_count--;
    liq_variants_destroy(program->variants);
    free(program->options);
    free(program->source);
    free(program);
}

bool liq_program_cached(const liq_program *program)
{
    return program->cached;
}

static liq_status program_create(liq_program **out, liq_device *device, const char *source,
                                 const char *options, liq_error *err)
{
    liq_program *const program = calloc(1, sizeof *program);

    if (program == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a program");
    program->device = device;
    program->use_count = 1;
    device->child_count++;
    program->source = strdup(source);
    program->options = strdup(options != NULL ? options : "");
    program->variants = liq_variants_create();
    *out = program;
    if (program->source != NULL && program->options != NULL && program->variants != NULL)
        return LIQ_OK;
    liq_program_destroy(program);
    return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a program of %zu bytes",
                    strlen(source));
}

/* The program of this key that is built already, so that what all its users launch is stored
 * together, once; NULL when there is none. */
static liq_program *find_same(const liq_program *program)
{
    liq_program *same = program->device->programs;

    while (same != NULL && (same->key[0] == '\0' || strcmp(same->key, program->key) != 0))
        same = same->next;
    return same;
}

static void unlink_program(const liq_program *program)
{
    liq_program **at = &program->device->programs;

    while (*at != NULL && *at != program)
        at = &(*at)->next;
    if (*at != NULL)
        *at = program->next;
}

static liq_status build_from_source(liq_program *program, liq_error *err)
{
    char line[LOG_LINE_BYTES];
    const char *call;
    cl_int code;
    const cl_program handle = liq_program_compile(program, &call, &code);
    liq_status status;

    if (code == CL_SUCCESS && handle != NULL) {
        program->handle = handle;
        return LIQ_OK;
    }
    build_log_line(line, handle, program->device->id);
    status =
        liq_cl_fail(err, code, call, "%s", line[0] != '\0' ? line : program->device->info.name);
    if (handle != NULL)
        (void)clReleaseProgram(handle);
    return status;
}

static void build_log_line(char line[LOG_LINE_BYTES], cl_program handle, cl_device_id id)
{
    char *log = NULL;
    size_t bytes = 0;

    line[0] = '\0';
    if (handle == NULL ||
        clGetProgramBuildInfo(handle, id, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes) != CL_SUCCESS)
        return;
    log = calloc(1, bytes + 1);
    if (log != NULL &&
        clGetProgramBuildInfo(handle, id, CL_PROGRAM_BUILD_LOG, bytes, log, NULL) == CL_SUCCESS) {
        const char *const told = telling_line(log);

        (void)strncat(line, told,
                      strcspn(told, "\n") < LOG_LINE_BYTES - 1 ? strcspn(told, "\n")
                                                               : LOG_LINE_BYTES - 1);
    }
    free(log);
}

/* The first line that says "error", else the first that is not empty. */
static const char *telling_line(const char *log)
{
    const char *error = strcasestr(log, "error");

    if (error == NULL)
        return log + strspn(log, "\r\n \t");
    while (error > log && error[-1] != '\n')
        error--;
    return error;
}
