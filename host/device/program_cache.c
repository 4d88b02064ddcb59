/*
 * Most drivers have the whole binary after the build. PoCL compiles each kernel again, for its
 * group size, at its first launch: with it a program is stored when it is released, with what it
 * has compiled by then. Where a user has PoCL keep its kernels in a folder of his own, that is
 * cache enough, and nothing is stored here.
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

static const char cache_format[] = "liqscan program 2";
static const uint64_t fnv_start = UINT64_C(0xcbf29ce484222325);
static const uint64_t fnv_prime = UINT64_C(0x100000001b3);

static uint64_t mix(uint64_t hash, const void *data, size_t bytes);
static void hash_text(liq_hash *hash, const char *text);
static bool is_kept_elsewhere(const liq_program *program);
static bool load_entry(liq_program *program, const liq_cache_entry *entry);
static cl_program load_binary(const liq_program *program, const unsigned char *binary,
                              size_t bytes);
static void store(const liq_program *program, liq_cache_entry *entry);
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

    if (program->key[0] == '\0' || is_kept_elsewhere(program) ||
        !liq_cache_load(&entry, program->key))
        return false;
    restored = load_entry(program, &entry);
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
    liq_cache_entry entry = {0};

    if (program->cached || program->device->compiles_at_launch || program->key[0] == '\0')
        return;
    if (binary_get(program->handle, &entry))
        store(program, &entry);
    liq_cache_clear(&entry);
}

void liq_program_cache_closing(liq_program *program)
{
    liq_kept kept = {0};

    if (!program->device->compiles_at_launch || program->key[0] == '\0' ||
        program->kept[0] == '\0' || is_kept_elsewhere(program) ||
        (program->cached && !program->variants->grown))
        return;
    (void)clFinish(program->device->queue);
    liq_kept_add_all(&kept, liq_platform_own_kernel_folder(), program->kept);
    if (!kept.failed) {
        liq_cache_entry entry = {.binary = kept.bytes, .binary_bytes = kept.byte_count};

        store(program, &entry);
    }
    liq_kept_clear(&kept);
}

cl_program liq_program_compile(liq_program *program, const char **call, cl_int *code)
{
    const char *const root =
        program->device->compiles_at_launch ? liq_platform_own_kernel_folder() : NULL;
    char *const before = root != NULL ? liq_kept_folders(root) : NULL;
    const char *text = program->source;
    cl_program handle;

    *call = "clCreateProgramWithSource";
    handle = clCreateProgramWithSource(program->device->context, 1, &text, NULL, code);
    if (handle != NULL) {
        *call = "clBuildProgram";
        *code = clBuildProgram(handle, 1, &program->device->id, program->options, NULL, NULL);
        if (before != NULL)
            liq_kept_new(program->kept, root, before);
    }
    free(before);
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

static bool is_kept_elsewhere(const liq_program *program)
{
    return program->device->compiles_at_launch && liq_platform_own_kernel_folder() == NULL;
}

static bool load_entry(liq_program *program, const liq_cache_entry *entry)
{
    const char *call;
    cl_int code = CL_SUCCESS;

    if (!program->device->compiles_at_launch) {
        program->handle = load_binary(program, entry->binary, entry->binary_bytes);
        return program->handle != NULL;
    }
    if (!liq_kept_write(entry->binary, entry->binary_bytes, liq_platform_own_kernel_folder(),
                        program->kept))
        return false;
    /* From its text, which takes milliseconds when PoCL finds these files. */
    program->handle = liq_program_compile(program, &call, &code);
    if (program->handle != NULL && code != CL_SUCCESS) {
        (void)clReleaseProgram(program->handle);
        program->handle = NULL;
    }
    return program->handle != NULL;
}

static cl_program load_binary(const liq_program *program, const unsigned char *binary, size_t bytes)
{
    const liq_device *const device = program->device;
    cl_int code = CL_SUCCESS;
    cl_int binary_code = CL_SUCCESS;
    cl_program handle = clCreateProgramWithBinary(device->context, 1, &device->id, &bytes, &binary,
                                                  &binary_code, &code);

    if (handle == NULL)
        return NULL;
    if (code == CL_SUCCESS)
        code = binary_code;
    if (code == CL_SUCCESS)
        code = clBuildProgram(handle, 1, &device->id, program->options, NULL, NULL);
    if (code == CL_SUCCESS)
        return handle;
    (void)clReleaseProgram(handle);
    return NULL;
}

static void store(const liq_program *program, liq_cache_entry *entry)
{
    entry->variant_count = program->variants->count;
    memcpy(entry->variants, program->variants->values, sizeof entry->variants);
    (void)liq_cache_store(entry, program->key);
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
