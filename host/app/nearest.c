#include "app/nearest.h"

#include <stddef.h>
#include <string.h>

enum { WORD_BYTES_MAX = 63 };

static size_t distance(const char *left, const char *right);
static const char *beginning_of(const char *word, const char *const *names, uint32_t name_count);
static size_t least(size_t left, size_t right);

const char *liq_nearest(const char *word, const char *const *names, uint32_t name_count)
{
    const size_t bytes = strlen(word);
    size_t allowed = bytes <= 4 ? 1 : bytes <= 9 ? 2 : 3;
    const char *nearest = NULL;

    for (uint32_t i = 0; i < name_count; i++) {
        const size_t changes = distance(word, names[i]);

        if (changes < allowed || (changes == allowed && nearest == NULL)) {
            nearest = names[i];
            allowed = changes;
        }
    }
    return nearest != NULL ? nearest : beginning_of(word, names, name_count);
}

/* Edits between two words, a swap of neighbours counted once; far for long ones. */
static size_t distance(const char *left, const char *right)
{
    size_t rows[3][WORD_BYTES_MAX + 1];
    const size_t left_bytes = strlen(left);
    const size_t right_bytes = strlen(right);

    if (left_bytes > WORD_BYTES_MAX || right_bytes > WORD_BYTES_MAX)
        return WORD_BYTES_MAX;
    for (size_t j = 0; j <= right_bytes; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= left_bytes; i++) {
        const size_t *before = rows[(i - 1) % 3];
        size_t *now = rows[i % 3];

        now[0] = i;
        for (size_t j = 1; j <= right_bytes; j++) {
            now[j] = before[j - 1] + (left[i - 1] != right[j - 1]);
            now[j] = least(now[j], least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                now[j] = least(now[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[left_bytes % 3][right_bytes];
}

static const char *beginning_of(const char *word, const char *const *names, uint32_t name_count)
{
    const size_t bytes = strlen(word);
    const char *found = NULL;

    for (uint32_t i = 0; bytes > 1 && i < name_count; i++) {
        if (strncmp(word, names[i], bytes) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = names[i];
    }
    return found;
}

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}
