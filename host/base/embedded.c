#include "base/embedded.h"

#include <string.h>

static const liq_embedded *table_find(const liq_embedded *table, const char *name);

const liq_embedded *liq_embedded_kernel(const char *name)
{
    return table_find(liq_embedded_kernel_table, name);
}

const liq_embedded *liq_embedded_profile(const char *name)
{
    return table_find(liq_embedded_profile_table, name);
}

const liq_embedded *liq_embedded_profile_at(uint32_t index)
{
    const liq_embedded *entry = liq_embedded_profile_table;

    /* Stepping, not indexing: an index past the end must stop at the end mark. */
    while (index > 0 && entry->name != NULL) {
        entry++;
        index--;
    }
    return entry->name != NULL ? entry : NULL;
}

static const liq_embedded *table_find(const liq_embedded *table, const char *name)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}
