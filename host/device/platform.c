/*
 * The drivers of this process: what each platform reports about its devices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "device/cl_internal.h"
#include "device/folder.h"
#include "device/scratch.h"

enum { PLATFORMS_MAX = 64, DEVICES_MAX = 256, RAW_TEXT_BYTES = 1024 };

static const char kernel_folder_variable[] = "POCL_CACHE_DIR";

static bool touched;
static bool kernel_folder_found;
static const char *own_kernel_folder;

static liq_status platforms_get(cl_platform_id *platforms, cl_uint *count, liq_error *err);
static liq_status devices_get(const cl_platform_id *platforms, cl_uint platform_count,
                              liq_platform_device *list, uint32_t *count, liq_error *err);
static void device_fill(liq_platform_device *device, uint32_t index);
static bool is_usable(cl_device_id id, const liq_device_info *info);
static const char *type_name(cl_device_type type);
static uint64_t number(cl_device_id id, cl_device_info what, size_t bytes);
static void tidy(char *out, size_t out_bytes, const char *raw);
static char *kernel_folder_set(void);
static void kernel_folder_restore(char *before);

liq_status liq_platform_list(liq_platform_device **out, uint32_t *count, liq_error *err)
{
    cl_platform_id platforms[PLATFORMS_MAX];
    cl_uint platform_count = 0;
    void *list = NULL;
    char *folder_before;
    liq_status status;

    if ((status = liq_memory_array(&list, DEVICES_MAX, sizeof **out, err)) != LIQ_OK)
        return status;
    *count = 0;
    touched = true;
    folder_before = kernel_folder_set();
    if ((status = platforms_get(platforms, &platform_count, err)) == LIQ_OK)
        status = devices_get(platforms, platform_count, list, count, err);
    kernel_folder_restore(folder_before);
    if (status != LIQ_OK)
        goto done;
    *out = list;
    list = NULL; /* given away */
done:
    free(list);
    return status;
}

bool liq_platform_touched(void)
{
    return touched;
}

bool liq_platform_has_kernel_folder(void)
{
    return kernel_folder_found;
}

const char *liq_platform_own_kernel_folder(void)
{
    return own_kernel_folder;
}

void liq_platform_device_text(cl_device_id id, cl_device_info what, char *out, size_t out_bytes)
{
    char raw[RAW_TEXT_BYTES] = "";

    /* A text longer than raw is refused by the driver and stays empty. */
    if (clGetDeviceInfo(id, what, sizeof raw - 1, raw, NULL) != CL_SUCCESS)
        raw[0] = '\0';
    tidy(out, out_bytes, raw);
}

void liq_platform_text(cl_platform_id platform, cl_platform_info what, char *out, size_t out_bytes)
{
    char raw[RAW_TEXT_BYTES] = "";

    if (clGetPlatformInfo(platform, what, sizeof raw - 1, raw, NULL) != CL_SUCCESS)
        raw[0] = '\0';
    tidy(out, out_bytes, raw);
}

static liq_status platforms_get(cl_platform_id *platforms, cl_uint *count, liq_error *err)
{
    static const cl_int platform_not_found = -1001; /* of the loader, cl_ext.h */
    const cl_int code = clGetPlatformIDs(PLATFORMS_MAX, platforms, count);

    if (code == platform_not_found || (code == CL_SUCCESS && *count == 0))
        return liq_fail(err, LIQ_NO_DEVICE, code,
                        "no OpenCL platform is installed: for a CPU run `apt-get install "
                        "pocl-opencl-icd`, for a GPU install its vendor's OpenCL driver "
                        "(NVIDIA: nvidia-opencl-icd, AMD: mesa-opencl-icd or ROCm, Intel: "
                        "intel-opencl-icd); `clinfo -l` shows what is found");
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clGetPlatformIDs", "the installed OpenCL platforms");
    if (*count > PLATFORMS_MAX)
        *count = PLATFORMS_MAX;
    return LIQ_OK;
}

/* A platform that fails is passed over if another has devices: one broken driver hides no GPU. */
static liq_status devices_get(const cl_platform_id *platforms, cl_uint platform_count,
                              liq_platform_device *list, uint32_t *count, liq_error *err)
{
    char name[LIQ_DEVICE_TEXT_BYTES];
    liq_status status = LIQ_OK;

    for (cl_uint i = 0; i < platform_count; i++) {
        cl_device_id ids[DEVICES_MAX];
        cl_uint found = 0;
        const cl_int code =
            clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, DEVICES_MAX - *count, ids, &found);

        if (code == CL_DEVICE_NOT_FOUND)
            continue;
        if (code != CL_SUCCESS) {
            liq_platform_text(platforms[i], CL_PLATFORM_NAME, name, sizeof name);
            status = liq_cl_fail(err, code, "clGetDeviceIDs", "platform \"%s\"", name);
            continue;
        }
        for (cl_uint j = 0; j < found && *count < DEVICES_MAX; j++) {
            list[*count].platform = platforms[i];
            list[*count].id = ids[j];
            device_fill(&list[*count], *count);
            *count += 1;
        }
        if (*count == DEVICES_MAX)
            break;
    }
    return *count > 0 ? LIQ_OK : status;
}

static void device_fill(liq_platform_device *device, uint32_t index)
{
    const cl_device_id id = device->id;
    liq_device_info *const info = &device->info;

    memset(info, 0, sizeof *info);
    liq_platform_device_text(id, CL_DEVICE_NAME, info->name, sizeof info->name);
    liq_platform_text(device->platform, CL_PLATFORM_NAME, info->platform, sizeof info->platform);
    liq_platform_device_text(id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    liq_platform_device_text(id, CL_DEVICE_OPENCL_C_VERSION, info->opencl_version,
                             sizeof info->opencl_version);
    (void)snprintf(info->type, sizeof info->type, "%s",
                   type_name(number(id, CL_DEVICE_TYPE, sizeof(cl_device_type))));
    info->memory_bytes = number(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong));
    info->allocation_bytes_max = number(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(cl_ulong));
    info->local_memory_bytes = number(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(cl_ulong));
    info->compute_units = (uint32_t)number(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(cl_uint));
    info->work_group_items_max =
        (uint32_t)number(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(size_t));
    info->index = index;
    info->usable = is_usable(id, info);
}

static bool is_usable(cl_device_id id, const liq_device_info *info)
{
    char profile[LIQ_DEVICE_TEXT_BYTES];
    unsigned major = 0;
    unsigned minor = 0;

    /* The embedded profile may lack 64-bit integers. */
    liq_platform_device_text(id, CL_DEVICE_PROFILE, profile, sizeof profile);
    return strcmp(profile, "FULL_PROFILE") == 0 &&
           sscanf(info->opencl_version, "OpenCL C %u.%u", &major, &minor) == 2 &&
           (major > 1 || (major == 1 && minor >= 2)) &&
           number(id, CL_DEVICE_ENDIAN_LITTLE, sizeof(cl_bool)) != 0 &&
           number(id, CL_DEVICE_ADDRESS_BITS, sizeof(cl_uint)) == 64 &&
           number(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof(cl_bool)) != 0 &&
           number(id, CL_DEVICE_AVAILABLE, sizeof(cl_bool)) != 0;
}

static const char *type_name(cl_device_type type)
{
    if ((type & CL_DEVICE_TYPE_GPU) != 0)
        return "gpu";
    if ((type & CL_DEVICE_TYPE_ACCELERATOR) != 0)
        return "accelerator";
    return (type & CL_DEVICE_TYPE_CPU) != 0 ? "cpu" : "other";
}

/* An unsigned fact of 4 or 8 bytes; 0 when the driver does not know it. */
static uint64_t number(cl_device_id id, cl_device_info what, size_t bytes)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;

    LIQ_ASSERT(bytes == sizeof wide || bytes == sizeof narrow);
    if (bytes == sizeof wide)
        return clGetDeviceInfo(id, what, sizeof wide, &wide, NULL) == CL_SUCCESS ? wide : 0;
    return clGetDeviceInfo(id, what, sizeof narrow, &narrow, NULL) == CL_SUCCESS ? narrow : 0;
}

/* Drivers pad names with spaces and may put anything into them: keep printable ASCII, each run of
 * spaces as one. */
static void tidy(char *out, size_t out_bytes, const char *raw)
{
    size_t used = 0;

    for (; *raw != '\0' && used + 1 < out_bytes; raw++) {
        const unsigned char byte = (unsigned char)*raw;

        if (byte > ' ' && byte < 0x7f)
            out[used++] = *raw;
        else if (used > 0 && out[used - 1] != ' ')
            out[used++] = ' ';
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

/*
 * PoCL reads the variable once, when the process first asks for its devices. A user's own folder is
 * kept where it works; with one that does not, PoCL reports no device or ends the process.
 * Returns what to restore: ours must not leak into the programs that our user starts.
 */
static char *kernel_folder_set(void)
{
    const char *const chosen = getenv(kernel_folder_variable);
    const char *const ours = liq_scratch_kernels();
    char *before = NULL;

    if (chosen != NULL && chosen[0] == '/' && liq_folder_create(chosen) &&
        liq_folder_runs_code(chosen)) {
        kernel_folder_found = true;
        return strdup(chosen);
    }
    if (chosen != NULL)
        before = strdup(chosen);
    kernel_folder_found = ours != NULL;
    own_kernel_folder = ours;
    if (ours != NULL)
        (void)setenv(kernel_folder_variable, ours, 1);
    return before;
}

static void kernel_folder_restore(char *before)
{
    if (before != NULL)
        (void)setenv(kernel_folder_variable, before, 1);
    else
        (void)unsetenv(kernel_folder_variable);
    free(before);
}
