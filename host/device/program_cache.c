/*
 * Most drivers have the whole binary after the build. PoCL compiles each kernel again, for its
 * group size, at its first launch, and hands that out with the binary only afterwards: with it a
 * program is stored when it is released, with the launches that it is prepared for.
 */
#include "device/program_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/hash.h"
#include "device/cache.h"

struct liq_variants {
    uint64_t values[LIQ_CACHE_VARIANTS_MAX];
    uint32_t count;
    bool grown; /* since the program was read from the cache */
};

static const char cache_format[] = "liqscan program 1";
static const uint64_t fnv_start = UINT64_C(0xcbf29ce484222325);
static const uint64_t fnv_prime = UINT64_C(0x100000001b3);

static uint64_t mix(uint64_t hash, const void *data, size_t bytes);
static void hash_text(liq_hash *hash, const char *text);
static cl_int load_binary(liq_program *program, const liq_cache_entry *entry);
static void store(const liq_program *program, cl_program handle);
static bool binary_get(cl_program handle, liq_cache_entry *entry);

liq_variants *liq_variants_create(void)
{
    return calloc(1, sizeof(liq_variants));
}

void liq_variants_destroy(liq_variants *variants)
{
    free(variants);
}

void liq_variants_add(liq_variants *variants, const char *kernel_name, size_t group_items,
                      size_t items)
{
    /* PoCL compiles once for launches of up to 65535 items and once for larger ones. */
    const uint64_t shape[2] = {group_items, items > UINT16_MAX};
    const uint64_t value =
        mix(mix(fnv_start, kernel_name, strlen(kernel_name)), shape, sizeof shape);

    for (uint32_t i = 0; i < variants->count; i++)
        if (variants->values[i] == value)
            return;
    if (variants->count == LIQ_CACHE_VARIANTS_MAX)
        return;
    variants->values[variants->count++] = value;
    variants->grown = true;
}

void liq_program_cache_key(liq_program *program)
{
    const liq_device *const device = program->device;
    char text[LIQ_DEVICE_TEXT_BYTES];
    liq_hash *hash;

    program->key[0] = '\0';
    if (liq_hash_create(&hash, NULL) != LIQ_OK)
        return;
    hash_text(hash, cache_format);
    hash_text(hash, program->source);
    hash_text(hash, program->options);
    hash_text(hash, device->info.name);
    hash_text(hash, device->info.driver);
    hash_text(hash, device->info.opencl_version);
    liq_platform_device_text(device->id, CL_DEVICE_VERSION, text, sizeof text);
    hash_text(hash, text);
    hash_text(hash, device->info.platform);
    /* For PoCL this names its compiler too. */
    liq_platform_text(device->platform, CL_PLATFORM_VERSION, text, sizeof text);
    hash_text(hash, text);
    liq_hash_finish(hash, program->key);
    liq_hash_destroy(hash);
}

bool liq_program_cache_restore(liq_program *program)
{
    liq_cache_entry entry;
    bool restored;

    if (program->key[0] == '\0' || !liq_cache_load(&entry, program->key))
        return false;
    restored = load_binary(program, &entry) == CL_SUCCESS;
    if (restored) {
        memcpy(program->variants->values, entry.variants, sizeof entry.variants);
        program->variants->count = entry.variant_count;
        program->variants->grown = false;
    } else {
        liq_cache_drop(program->key);
    }
    liq_cache_clear(&entry);
    return restored;
}

void liq_program_cache_built(liq_program *program)
{
    if (!program->cached && !program->device->compiles_at_launch)
        store(program, program->handle);
}

void liq_program_cache_closing(liq_program *program)
{
    const char *call;
    cl_program fresh;
    cl_int code;

    if (!program->device->compiles_at_launch || (program->cached && !program->variants->grown))
        return;
    (void)clFinish(program->device->queue);
    if (!program->cached) {
        store(program, program->handle);
        return;
    }
    /* PoCL gives back a binary as it was read, without what later launches added. The same text
     * built again finds those in PoCL's own folder, and so costs milliseconds. */
    fresh = liq_program_compile(program, &call, &code);
    if (fresh == NULL)
        return;
    if (code == CL_SUCCESS)
        store(program, fresh);
    (void)clReleaseProgram(fresh);
}

cl_program liq_program_compile(const liq_program *program, const char **call, cl_int *code)
{
    const char *text = program->source;
    cl_program handle;

    *call = "clCreateProgramWithSource";
    handle = clCreateProgramWithSource(program->device->context, 1, &text, NULL, code);
    if (handle == NULL)
        return NULL;
    *call = "clBuildProgram";
    *code = clBuildProgram(handle, 1, &program->device->id, program->options, NULL, NULL);
    return handle;
}

static uint64_t mix(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *const at = data;

    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ at[i]) * fnv_prime;
    return hash;
}

/* With its terminator, so that no two lists of texts run together to the same bytes. */
static void hash_text(liq_hash *hash, const char *text)
{
    liq_hash_add(hash, text, strlen(text) + 1);
}

static cl_int load_binary(liq_program *program, const liq_cache_entry *entry)
{
    const unsigned char *binary = entry->binary;
    const liq_device *const device = program->device;
    cl_int code = CL_SUCCESS;
    cl_int binary_code = CL_SUCCESS;
    cl_program handle;

    handle = clCreateProgramWithBinary(device->context, 1, &device->id, &entry->binary_bytes,
                                       &binary, &binary_code, &code);
    if (handle == NULL)
        return code != CL_SUCCESS ? code : CL_INVALID_BINARY;
    if (code == CL_SUCCESS)
        code = binary_code;
    if (code == CL_SUCCESS)
        code = clBuildProgram(handle, 1, &device->id, program->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        (void)clReleaseProgram(handle);
        return code;
    }
    program->handle = handle;
    return CL_SUCCESS;
}

static void store(const liq_program *program, cl_program handle)
{
    liq_cache_entry entry = {.variant_count = program->variants->count};

    if (program->key[0] == '\0' || !binary_get(handle, &entry))
        return;
    memcpy(entry.variants, program->variants->values, sizeof entry.variants);
    (void)liq_cache_store(&entry, program->key);
    liq_cache_clear(&entry);
}

static bool binary_get(cl_program handle, liq_cache_entry *entry)
{
    if (clGetProgramInfo(handle, CL_PROGRAM_BINARY_SIZES, sizeof entry->binary_bytes,
                         &entry->binary_bytes, NULL) != CL_SUCCESS ||
        entry->binary_bytes == 0)
        return false;
    entry->binary = malloc(entry->binary_bytes);
    if (entry->binary != NULL && clGetProgramInfo(handle, CL_PROGRAM_BINARIES, sizeof entry->binary,
                                                  &entry->binary, NULL) == CL_SUCCESS)
        return true;
    liq_cache_clear(entry);
    return false;
}
