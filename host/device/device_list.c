/*
 * Listing starts drivers, and a driver that has started its threads is of no use after a fork
 * (PoCL: the child hangs at its first launch). So as long as this process has opened no device, the
 * list is made in a child: the process stays able to fork, and a driver that dies while it is asked
 * takes only that child with it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "device/child.h"
#include "device/cl_internal.h"
#include "device/scratch.h"

enum { LIST_TIMEOUT_MS = 60000 };

/* What the child writes first; count facts follow. */
typedef struct list_head {
    liq_status status;
    liq_error error;
    uint32_t count;
} list_head;

static liq_status list_here(liq_device_info **out, uint32_t *count, liq_error *err);
static void list_in_child(void *context, int answer);
static liq_status take_list(const liq_child *child, liq_device_info **out, uint32_t *count,
                            liq_error *err);

liq_status liq_device_list(liq_device_info **out, uint32_t *count, liq_error *err)
{
    uint32_t scratch_child;
    liq_child child;
    liq_status status;

    if (liq_platform_touched() || liq_child_inside())
        return list_here(out, count, err);
    scratch_child = liq_scratch_child_create();
    status = liq_child_run(&child, list_in_child, &scratch_child, LIST_TIMEOUT_MS, NULL);
    liq_scratch_child_remove(scratch_child);
    /* Where processes cannot be made there is nothing to keep them from either. */
    if (status != LIQ_OK)
        return list_here(out, count, err);
    status = take_list(&child, out, count, err);
    free(child.answer);
    return status;
}

static liq_status list_here(liq_device_info **out, uint32_t *count, liq_error *err)
{
    liq_platform_device *found = NULL;
    void *list = NULL;
    liq_status status;

    if ((status = liq_platform_list(&found, count, err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&list, *count, sizeof **out, err)) != LIQ_OK)
        goto done;
    *out = list;
    for (uint32_t i = 0; i < *count; i++)
        (*out)[i] = found[i].info;
done:
    free(found);
    return status;
}

static void list_in_child(void *context, int answer)
{
    const uint32_t *const scratch_child = context;
    liq_device_info *list = NULL;
    list_head head;

    memset(&head, 0, sizeof head);
    liq_scratch_child_enter(*scratch_child);
    head.status = list_here(&list, &head.count, &head.error);
    if (head.status != LIQ_OK)
        head.count = 0;
    if (liq_child_write(answer, &head, sizeof head) && head.count > 0)
        (void)liq_child_write(answer, list, head.count * sizeof *list);
    free(list);
}

static liq_status take_list(const liq_child *child, liq_device_info **out, uint32_t *count,
                            liq_error *err)
{
    char death[LIQ_ERROR_MESSAGE_BYTES / 2];
    list_head head;
    void *list;
    liq_status status;

    if (!child->finished) {
        liq_child_describe(child, LIST_TIMEOUT_MS, death, sizeof death);
        return liq_fail(err, LIQ_DEVICE_FAULT, 0, "a driver failed while devices were listed: %s",
                        death);
    }
    LIQ_ASSERT(child->answer_bytes >= sizeof head);
    memcpy(&head, child->answer, sizeof head);
    LIQ_ASSERT(child->answer_bytes == sizeof head + head.count * sizeof **out);
    if (head.status != LIQ_OK)
        return liq_fail(err, head.status, head.error.native, "%s", head.error.message);
    if ((status = liq_memory_array(&list, head.count, sizeof **out, err)) != LIQ_OK)
        return status;
    memcpy(list, child->answer + sizeof head, head.count * sizeof **out);
    *out = list;
    *count = head.count;
    return LIQ_OK;
}
