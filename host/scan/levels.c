#include "scan/levels.h"

#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/memory.h"
#include "base/workers.h"

/* What is told of a slot is a status that may be proven, or none of these: then whatever a pass
 * says of it is news. */
enum { TOLD_PAST = 4, NOT_TOLD = 255 };

/* Fewer slots are looked through before a thread has come. */
enum { WORKERS_SLOTS_LEAST = 16384 };

/* Of listed slots so far ahead memory is asked for. */
enum { NEAR_AHEAD = 12 };

/* Slots whose bytes are compared at once, and their statuses. */
#define STATUSES 0x0303030303030303u

/* Each worker looks for news in a share of the slots, and lists them from its first one on. */
typedef struct news_pass {
    liq_levels *levels;
    liq_screen_codes last;
    uint32_t workers;
    uint32_t counts[LIQ_WORKERS_MAX];
} news_pass;

/* A screened slot leaves the near ones when its reach has become so much larger than the move. */
#define LEAVE_FACTOR 1.5f

/* Lines drawn in a tick: they are for later ones, and that one waits. None where more slots than
 * this share are near: they will not be for long. */
enum { LINES_MAX = 1024, NEAR_LINES_SHARE = 16 };

static void stray_add(liq_levels *levels, uint32_t row);
static void stray_drop(liq_levels *levels, uint32_t row);
static void slot_leave(liq_levels *levels, uint32_t slot);
static float from_base(const liq_levels *levels, float reach);
static void verdict_take(liq_levels *levels, liq_levels_work *work, uint32_t slot, bool doubt,
                         uint32_t status);
static liq_status all_list(liq_levels *levels, liq_levels_work *work, liq_error *err);
static void news_find(void *context, uint32_t index);
static uint32_t share_first(const news_pass *pass, uint32_t index);
static uint8_t told_as(uint32_t status);
static liq_status near_list(liq_levels *levels, uint32_t near_count, liq_levels_work *work,
                            liq_error *err);
static void near_expect(const liq_levels *levels, const liq_screen_verdicts *verdicts, uint32_t at,
                        uint32_t count);
static uint32_t lines_take(liq_levels *levels, uint32_t *doubtful, liq_levels_work *work);
static void seen_again(liq_levels *levels, liq_levels_work *work, uint32_t slot,
                       liq_screen_verdict verdict);
static void near_take(liq_levels *levels, liq_levels_work *work, uint32_t slot,
                      liq_screen_verdict verdict, uint32_t *lines_left);
static void line_end(liq_levels *levels, uint32_t slot);
static bool line_draw(liq_levels *levels, uint32_t slot);
static liq_lines_moves moves_of(const liq_levels *levels);

liq_status liq_levels_create(liq_levels *out, liq_device *device, const liq_market *market,
                             const liq_venue *venue, uint32_t row_capacity, uint64_t entry_capacity,
                             liq_error *err)
{
    uint32_t slots;
    liq_status status;

    if ((status = liq_screen_create(&out->screen, device, market, venue, row_capacity,
                                    entry_capacity, err)) != LIQ_OK)
        return status;
    slots = liq_screen_slot_capacity(out->screen);
    if ((status = liq_watch_create(&out->watch, slots, err)) != LIQ_OK ||
        (status = liq_lines_create(&out->lines, slots, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->told, slots, sizeof *out->told, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->list, (size_t)slots + 1, sizeof *out->list, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->rows, row_capacity, sizeof *out->rows, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->news, row_capacity, sizeof *out->news, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->strays, row_capacity, sizeof *out->strays, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->stray_places, row_capacity, sizeof *out->stray_places,
                                   err)) != LIQ_OK) {
        liq_levels_clear(out);
        return status;
    }
    memset(out->stray_places, 0xff, row_capacity * sizeof *out->stray_places);
    return LIQ_OK;
}

void liq_levels_clear(liq_levels *levels)
{
    liq_screen_destroy(levels->screen);
    liq_watch_clear(&levels->watch);
    liq_lines_clear(&levels->lines);
    free(levels->told);
    free(levels->list);
    free(levels->rows);
    free(levels->news);
    free(levels->strays);
    free(levels->stray_places);
    *levels = (liq_levels){0};
}

void liq_levels_move(liq_levels *levels, const liq_market *market)
{
    levels->move = liq_screen_move(levels->screen, market);
}

void liq_levels_put(liq_levels *levels, uint32_t row, const liq_market *market,
                    const liq_rows *rows, uint32_t row_index)
{
    const uint32_t before = liq_screen_slot(levels->screen, row);
    uint32_t slot;

    stray_drop(levels, row);
    liq_screen_put(levels->screen, row, market, rows, row_index);
    slot = liq_screen_slot(levels->screen, row);
    if (before != LIQ_NO_INDEX)
        slot_leave(levels, before);
    if (slot == LIQ_NO_INDEX) {
        stray_add(levels, row);
        return;
    }
    levels->told[slot] = NOT_TOLD;
    if (levels->has_base)
        liq_watch_put(&levels->watch, slot,
                      from_base(levels, liq_screen_check(levels->screen, row).reach));
}

void liq_levels_expect(const liq_levels *levels, uint32_t far, uint32_t near)
{
    const uint32_t slot = liq_screen_slot(levels->screen, near);

    liq_screen_expect(levels->screen, far, slot);
    liq_ahead(&levels->stray_places[far]);
    if (slot == LIQ_NO_INDEX)
        return;
    liq_ahead(&levels->told[slot]);
    liq_ahead(&levels->lines.places[slot]);
    liq_ahead(&levels->watch.places[slot]);
    liq_ahead(&levels->watch.slot_bucket[slot]);
}

void liq_levels_drop(liq_levels *levels, uint32_t row)
{
    const uint32_t slot = liq_screen_slot(levels->screen, row);

    stray_drop(levels, row);
    if (slot == LIQ_NO_INDEX)
        return;
    slot_leave(levels, slot);
    levels->told[slot] = LIQ_ROW_OK; /* as of every free one */
    liq_screen_drop(levels->screen, row);
}

void liq_levels_doubt(liq_levels *levels, uint32_t row)
{
    const uint32_t slot = liq_screen_slot(levels->screen, row);

    if (slot == LIQ_NO_INDEX || !levels->has_base)
        return;
    liq_lines_drop(&levels->lines, slot);
    liq_watch_put(&levels->watch, slot, -1.0f);
}

void liq_levels_tell(liq_levels *levels, uint32_t row, uint32_t status)
{
    const uint32_t slot = liq_screen_slot(levels->screen, row);

    if (slot == LIQ_NO_INDEX || levels->told[slot] == told_as(status))
        return;
    /* Its reach from the base is that of another status: it stays near until a screening proves
       this one. A row that was just put has the reach of what it is told now. */
    if (levels->told[slot] != NOT_TOLD && levels->has_base &&
        !liq_lines_tell(&levels->lines, slot, status))
        liq_watch_put(&levels->watch, slot, -1.0f);
    levels->told[slot] = told_as(status);
}

bool liq_levels_tell_near(liq_levels *levels, uint32_t row, uint32_t status)
{
    const uint32_t slot = liq_screen_slot(levels->screen, row);

    if (slot == LIQ_NO_INDEX || levels->told[slot] == told_as(status))
        return true;
    if (liq_lines_has(&levels->lines, slot))
        liq_lines_tell_own(&levels->lines, slot, status);
    else if (!liq_watch_is_nearest(&levels->watch, slot))
        return false;
    levels->told[slot] = told_as(status);
    return true;
}

void liq_levels_expect_listed(const liq_levels *levels, uint32_t far, uint32_t near)
{
    const uint32_t slot = liq_screen_slot(levels->screen, near);

    liq_screen_expect(levels->screen, far, LIQ_NO_INDEX);
    if (slot == LIQ_NO_INDEX)
        return;
    liq_ahead(&levels->told[slot]);
    liq_ahead_shared(&levels->watch.places[slot]);
    liq_ahead_shared(&levels->watch.slot_bucket[slot]);
}

liq_status liq_levels_list(liq_levels *levels, liq_levels_work *work, liq_error *err)
{
    const uint32_t slots = liq_screen_last(levels->screen).slot_count;
    uint32_t near_count = 0;
    bool all = !levels->has_base || levels->move >= LIQ_WATCH_HORIZON;
    liq_status status;

    *work = (liq_levels_work){.rows = levels->rows, .news = levels->news};
    if (!all) {
        near_count = liq_watch_count(&levels->watch, levels->move);
        all = levels->listed_count + near_count > slots;
    }
    status = all ? all_list(levels, work, err) : near_list(levels, near_count, work, err);
    /* What a failing device has said counts for nothing. */
    if (status != LIQ_OK)
        levels->has_base = false;
    for (uint32_t i = 0; status == LIQ_OK && i < levels->stray_count; i++)
        levels->rows[work->row_count++] = levels->strays[i];
    return status;
}

/* Nobody looks at a slot any more. */
static void slot_leave(liq_levels *levels, uint32_t slot)
{
    liq_watch_drop(&levels->watch, slot);
    liq_lines_drop(&levels->lines, slot);
}

static void stray_add(liq_levels *levels, uint32_t row)
{
    levels->stray_places[row] = levels->stray_count;
    levels->strays[levels->stray_count++] = row;
}

static void stray_drop(liq_levels *levels, uint32_t row)
{
    const uint32_t place = levels->stray_places[row];
    uint32_t last;

    if (place == LIQ_NO_INDEX)
        return;
    last = levels->strays[--levels->stray_count];
    levels->strays[place] = last;
    levels->stray_places[last] = place;
    levels->stray_places[row] = LIQ_NO_INDEX;
}

/*
 * A reach at the present market as one from the base. Let m be the move from the base to here: a
 * value within r of the base is within (1 + r) / (1 - m) - 1 of the present one on either side,
 * which is no more than the reach for r = reach - m x (1 + reach).
 */
static float from_base(const liq_levels *levels, float reach)
{
    const float share = reach - levels->move * (1.0f + reach);

    return reach > 0.0f && share > 0.0f ? share * (1.0f - 0x1p-16f) : -1.0f;
}

static liq_status all_list(liq_levels *levels, liq_levels_work *work, liq_error *err)
{
    const liq_status status = liq_screen_run(levels->screen, NULL, err);
    news_pass pass = {.levels = levels, .last = liq_screen_last(levels->screen)};

    if (status != LIQ_OK)
        return status;
    pass.workers = pass.last.slot_count < WORKERS_SLOTS_LEAST ? 1 : LIQ_WORKERS_MAX;
    liq_workers_run(pass.workers, news_find, &pass);
    for (uint32_t worker = 0; worker < pass.workers; worker++)
        for (uint32_t i = 0; i < pass.counts[worker]; i++) {
            const uint32_t slot = levels->list[share_first(&pass, worker) + i];
            const uint32_t code = pass.last.codes[slot];

            verdict_take(levels, work, slot, code == LIQ_SCREEN_CODE_DOUBT,
                         code & LIQ_SCREEN_CODE_STATUS);
        }
    liq_lines_empty(&levels->lines);
    liq_watch_fill(&levels->watch, pass.last.codes, pass.last.slot_count);
    work->screened = pass.last.slot_count;
    levels->has_base = true;
    levels->listed_count = 0;
    levels->move = 0.0f;
    return LIQ_OK;
}

/* Slots whose status is not what was told; of those in doubt none is. */
static void news_find(void *context, uint32_t index)
{
    news_pass *pass = context;
    const uint32_t end = share_first(pass, index + 1);
    const uint32_t first = share_first(pass, index);
    uint32_t *list = pass->levels->list + first;
    uint32_t count = 0;

    for (uint32_t i = first; i < end; i += sizeof(uint64_t)) {
        uint64_t codes;
        uint64_t told;

        memcpy(&codes, pass->last.codes + i, sizeof codes);
        memcpy(&told, pass->levels->told + i, sizeof told);
        if ((codes & STATUSES) == told)
            continue;
        for (uint32_t slot = i; slot < i + sizeof codes; slot++) {
            list[count] = slot;
            count += (pass->last.codes[slot] & LIQ_SCREEN_CODE_STATUS) != pass->levels->told[slot];
        }
    }
    pass->counts[index] = count;
}

/* Whole slices. */
static uint32_t share_first(const news_pass *pass, uint32_t index)
{
    return (uint32_t)((uint64_t)(pass->last.slot_count / LIQ_SLICE_ROWS) * index / pass->workers) *
           LIQ_SLICE_ROWS;
}

static uint8_t told_as(uint32_t status)
{
    return (uint8_t)(status <= LIQ_ROW_REDUCE_ONLY ? status : status | TOLD_PAST);
}

/* A row that is in doubt, or whose status is news. Where the screen can prove nothing of a book,
   its free slots are in doubt too. */
static void verdict_take(liq_levels *levels, liq_levels_work *work, uint32_t slot, bool doubt,
                         uint32_t status)
{
    const uint32_t row = liq_screen_last(levels->screen).slot_rows[slot];

    if ((row & LIQ_SCREEN_SLOT_FREE) != 0)
        return;
    if (doubt) {
        levels->rows[work->row_count++] = row;
        return;
    }
    levels->news[work->news_count++] = (liq_levels_news){.row = row, .status = status};
    levels->told[slot] = (uint8_t)status;
}

/* Listed slots lie anywhere in memory. What was told is asked for of all that come, the rest of
   those few about which there will be something to do. */
static void near_expect(const liq_levels *levels, const liq_screen_verdicts *verdicts, uint32_t at,
                        uint32_t count)
{
    const uint32_t far = at + 2 * NEAR_AHEAD < count ? at + 2 * NEAR_AHEAD : count - 1;
    const uint32_t near = at + NEAR_AHEAD < count ? at + NEAR_AHEAD : count - 1;
    const uint32_t slot = levels->list[near];

    liq_ahead(&levels->told[levels->list[far]]);
    if (verdicts->reaches[near] >= 0.0f && verdicts->statuses[near] == levels->told[slot])
        return;
    liq_ahead_shared(&liq_screen_last(levels->screen).slot_rows[slot]);
    liq_ahead(&levels->watch.places[slot]);
    liq_ahead(&levels->watch.slot_bucket[slot]);
}

static liq_status near_list(liq_levels *levels, uint32_t near_count, liq_levels_work *work,
                            liq_error *err)
{
    const uint32_t slots = liq_screen_last(levels->screen).slot_count;
    uint32_t lines_left = near_count <= slots / NEAR_LINES_SHARE + LINES_MAX ? LINES_MAX : 0;
    liq_screen_verdicts verdicts;
    liq_status status;
    uint32_t count;

    liq_watch_gather(&levels->watch, levels->move, levels->list);
    /* Before any line is drawn: of a new one its slot was seen already. */
    count = near_count + lines_take(levels, levels->list + near_count, work);
    if ((status = liq_screen_run_list(levels->screen, levels->list, count, &verdicts, err)) !=
        LIQ_OK)
        return status;
    work->screened = count;
    levels->listed_count += count;
    for (uint32_t i = 0; i < count; i++) {
        const liq_screen_verdict verdict = {.reach = verdicts.reaches[i],
                                            .status = verdicts.statuses[i]};

        near_expect(levels, &verdicts, i, count);
        if (i < near_count)
            near_take(levels, work, levels->list[i], verdict, &lines_left);
        else
            seen_again(levels, work, levels->list[i], verdict);
    }
    return LIQ_OK;
}

/* What one sum proves is news; what it does not is to be screened. @return how many doubtful */
static uint32_t lines_take(liq_levels *levels, uint32_t *doubtful, liq_levels_work *work)
{
    const uint32_t count = liq_lines_look(&levels->lines, moves_of(levels));
    uint32_t left = 0;

    for (uint32_t i = 0; i < count; i++) {
        const liq_lines_news *news = &levels->lines.news[i];

        if (news->said == LIQ_LINES_DOUBT) {
            if (news->status == LIQ_LINES_NO_STATUS)
                line_end(levels, news->slot);
            doubtful[left++] = news->slot;
            continue;
        }
        (void)liq_lines_tell(&levels->lines, news->slot, news->status);
        verdict_take(levels, work, news->slot, false, news->status);
    }
    return left;
}

/* A slot that has a line, of which that said nothing. */
static void seen_again(liq_levels *levels, liq_levels_work *work, uint32_t slot,
                       liq_screen_verdict verdict)
{
    if (verdict.reach < 0.0f) {
        verdict_take(levels, work, slot, true, verdict.status);
        return;
    }
    if (verdict.status == levels->told[slot])
        return;
    if (!liq_lines_tell(&levels->lines, slot, verdict.status))
        liq_watch_put(&levels->watch, slot, -1.0f);
    verdict_take(levels, work, slot, false, verdict.status);
}

/* A slot that is watched: it leaves the near ones when its reach is far enough, and else has a line
   from now on. */
static void near_take(liq_levels *levels, liq_levels_work *work, uint32_t slot,
                      liq_screen_verdict verdict, uint32_t *lines_left)
{
    const float share = from_base(levels, verdict.reach);
    const bool doubt = verdict.reach < 0.0f;
    const bool is_news = !doubt && verdict.status != levels->told[slot];

    if (doubt || is_news)
        verdict_take(levels, work, slot, doubt, verdict.status);
    if (*lines_left > 0 && share <= levels->move * LEAVE_FACTOR &&
        levels->told[slot] <= LIQ_ROW_REDUCE_ONLY) {
        *lines_left -= 1;
        if (line_draw(levels, slot))
            return;
    }
    /* What is told of it is no longer what holds at the base: it stays near, whatever its reach
       from there, or a price that goes back would pass it by. */
    if (doubt || is_news)
        liq_watch_put(&levels->watch, slot, -1.0f);
    if (share > levels->move * LEAVE_FACTOR)
        liq_watch_put(&levels->watch, slot, share);
}

/* A slot that was told a status which its line cannot tell: it stays near, until it has another. */
static void line_end(liq_levels *levels, uint32_t slot)
{
    liq_lines_drop(&levels->lines, slot);
    liq_watch_put(&levels->watch, slot, -1.0f);
}

/* For a slot that was told at most reduce only. */
static bool line_draw(liq_levels *levels, uint32_t slot)
{
    liq_screen_form form;

    if (!liq_screen_slot_form(levels->screen, slot, &form) ||
        !liq_lines_put(&levels->lines, slot, &form, liq_screen_levels(levels->screen),
                       moves_of(levels), levels->told[slot]))
        return false;
    liq_watch_drop(&levels->watch, slot);
    return true;
}

static liq_lines_moves moves_of(const liq_levels *levels)
{
    return (liq_lines_moves){.shares = liq_screen_shares(levels->screen), .move = levels->move};
}
