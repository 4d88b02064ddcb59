#include "support_lines.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { AWAIT_S = 20, STEP_US = 1000 };

static liq_status archive_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                               uint64_t *next_seq, liq_error *err);

liq_text line_make(char out[LINE_ROOM], uint64_t seq)
{
    const int used = sprintf(out, "{\"seq\":%llu,\"action\":\"close\",\"account\":\"a%0*d\"}",
                             (unsigned long long)seq, (int)(seq % 300 + 1), (int)(seq % 10));

    return (liq_text){out, (size_t)used};
}

void lines_add(liq_line_ring *ring, uint64_t from, uint64_t to)
{
    char line[LINE_ROOM];

    for (uint64_t seq = from; seq <= to; seq++)
        liq_line_ring_add(ring, seq, line_make(line, seq));
    liq_line_ring_tell(ring);
}

char *lines_text(uint64_t from, uint64_t to)
{
    char *text = malloc((size_t)(to + 1 - from) * LINE_ROOM + 1);
    char *at = text;

    cr_assert_not_null(text);
    for (uint64_t seq = from; seq <= to; seq++) {
        at += line_make(at, seq).bytes;
        *at++ = '\n';
    }
    *at = '\0';
    return text;
}

liq_line_pull archive_pull(archive *self)
{
    return (liq_line_pull){.context = self, .next = archive_next};
}

liq_line_ring *ring_make(size_t bytes_max, uint64_t last_seq)
{
    liq_line_ring *ring = NULL;

    cr_assert(liq_line_ring_create(&ring, bytes_max, last_seq, NULL) == LIQ_OK);
    return ring;
}

liq_outlet_facts outlet_await(liq_outlet *outlet, uint64_t seq)
{
    const uint64_t until = liq_clock_ns() + AWAIT_S * 1000000000ull;
    liq_outlet_facts facts;

    for (;;) {
        liq_outlet_facts_read(outlet, &facts);
        if (facts.seq >= seq)
            return facts;
        cr_assert(liq_clock_ns() < until, "%llu of %llu are out: %s", (unsigned long long)facts.seq,
                  (unsigned long long)seq, facts.error);
        (void)usleep(STEP_US);
    }
}

static liq_status archive_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                               uint64_t *next_seq, liq_error *err)
{
    archive *self = context;
    char line[LINE_ROOM];

    (void)err;
    self->reads++;
    *bytes = 0;
    for (; seq <= self->last; seq++) {
        const liq_text text = line_make(line, seq);

        if (text.bytes + 1 > room - *bytes)
            break;
        memcpy(out + *bytes, text.data, text.bytes);
        out[*bytes + text.bytes] = '\n';
        *bytes += text.bytes + 1;
    }
    *next_seq = seq;
    return LIQ_OK;
}
