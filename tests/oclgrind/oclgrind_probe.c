/*
 * A program with the command line of `liqscan scan`, whose kernel is right or
 * wrong as the book's name says: the proof that tests/oclgrind.sh can fail.
 *
 * usage: oclgrind_probe scan RIGHT|PAST_END|RACE|UNWRITTEN ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl.h>

enum { ITEMS = 64, GROUP = 16 };

typedef struct kernel_text {
    const char *name;
    const char *text;
} kernel_text;

static const kernel_text kernels[] = {
    {"RIGHT", "__kernel void k(__global uint *x, __local uint *l) {"
              " size_t i = get_global_id(0); x[i] = (uint)i; }"},
    {"PAST_END", "__kernel void k(__global uint *x, __local uint *l) {"
                 " size_t i = get_global_id(0); x[i + 1] = (uint)i; }"},
    {"RACE", "__kernel void k(__global uint *x, __local uint *l) {"
             " size_t i = get_global_id(0); x[i / 2] = (uint)i; }"},
    {"UNWRITTEN", "__kernel void k(__global uint *x, __local uint *l) {"
                  " size_t i = get_global_id(0);"
                  " if (x[i] > 7u) x[i] = 1u; else x[i] = 2u; }"},
};

static void check(cl_int code, const char *what);
static const char *find_text(const char *name);
static void run(const char *text);

int main(int count, char **words)
{
    const char *text = count > 2 && strcmp(words[1], "scan") == 0 ? find_text(words[2]) : NULL;

    if (text == NULL)
        return 2;
    run(text);
    (void)puts("oclgrind_probe: done");
    return 0;
}

static const char *find_text(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
        if (strcmp(kernels[i].name, name) == 0)
            return kernels[i].text;
    return NULL;
}

static void check(cl_int code, const char *what)
{
    if (code == CL_SUCCESS)
        return;
    (void)fprintf(stderr, "oclgrind_probe: %s: %d\n", what, (int)code);
    exit(3);
}

static void run(const char *text)
{
    const size_t items = ITEMS;
    const size_t group = GROUP;
    cl_uint values[ITEMS];
    cl_platform_id platform;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem buffer;
    cl_int code;

    check(clGetPlatformIDs(1, &platform, NULL), "platform");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "device");
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "context");
    queue = clCreateCommandQueue(context, device, 0, &code);
    check(code, "queue");
    program = clCreateProgramWithSource(context, 1, &text, NULL, &code);
    check(code, "program");
    check(clBuildProgram(program, 1, &device, "-cl-std=CL1.2", NULL, NULL), "build");
    kernel = clCreateKernel(program, "k", &code);
    check(code, "kernel");
    buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, sizeof values, NULL, &code);
    check(code, "buffer");
    check(clSetKernelArg(kernel, 0, sizeof buffer, (const void *)&buffer), "argument 0");
    check(clSetKernelArg(kernel, 1, group * sizeof(cl_uint), NULL), "argument 1");
    check(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &group, 0, NULL, NULL), "launch");
    check(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, sizeof values, values, 0, NULL, NULL),
          "read");
    check(clReleaseMemObject(buffer), "release of the buffer");
    check(clReleaseKernel(kernel), "release of the kernel");
    check(clReleaseProgram(program), "release of the program");
    check(clReleaseCommandQueue(queue), "release of the queue");
    check(clReleaseContext(context), "release of the context");
}
