#include "base/embedded.h"

#include <string.h>

static const liq_embedded *table_find(const liq_embedded *table, const char *name);
static const liq_embedded *table_at(const liq_embedded *table, uint32_t index);

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
    return table_at(liq_embedded_profile_table, index);
}

const liq_embedded *liq_embedded_grid_at(uint32_t index)
{
    return table_at(liq_embedded_grid_table, index);
}

static const liq_embedded *table_find(const liq_embedded *table, const char *name)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

/* Stepping, not indexing: an index past the end must stop at the end mark. */
static const liq_embedded *table_at(const liq_embedded *table, uint32_t index)
{
    while (index > 0 && table->name != NULL) {
        table++;
        index--;
    }
    return table->name != NULL ? table : NULL;
}
