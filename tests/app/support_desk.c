#include "support_desk.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_BYTES = 16384,
    REST_ROUNDS = 3,    /* without a decision */
    LATE_ROUNDS = 3,    /* that some answers take */
    LISTEN_TRIES = 4000 /* of 5 ms */
};

/* How a request is answered: by its number. */
typedef enum answer_style {
    ANSWER_CANCEL = 0,
    ANSWER_HALVES = 1,
    ANSWER_HALF_AND_CANCEL = 2,
    ANSWER_LATE = 3,
    ANSWER_PIECES = 4,
    ANSWER_NOTHING_DONE = 5,
    ANSWER_STYLES = 8 /* the others: all of it at once */
} answer_style;

static void positions_read(desk *self);
static void plan_speak(desk *self);
static void position_follow(desk *self, const char *line);
static void marks_speak(desk *self);
static void say(desk *self, uint32_t source, const char *text, bool is_due);
static bool field(const char *line, const char *key, char out[DESK_TEXT_BYTES]);
static void decision_take(desk *self, const char *line);
static uint32_t position_find(const desk *self, const char *account, const char *symbol,
                              const char *side, const char *margin);
static bool answer(desk *self, desk_request *request);
static void part_answer(desk *self, desk_request *request, int64_t units, bool is_last, bool more);
static void fill_say(desk *self, const desk_request *request, uint64_t number, int64_t units,
                     bool is_last, bool more);
static void position_say(desk *self, const desk_request *request, int64_t units);
static void odd_say(desk *self, const desk_request *request);
static void digits_write(char out[DESK_TEXT_BYTES], int64_t units, int decimals);

desk *desk_make(sidecar *side, uint32_t rounds, uint64_t seed, bool advises)
{
    desk *self = calloc(1, sizeof *self);

    cr_assert_not_null(self);
    self->side = side;
    self->advises = advises;
    sidecar_exchange_make(&self->plan, side, rounds, seed);
    self->said = (sidecar_exchange){.scripts = {{.source = "marks"}, {.source = "orders"}}};
    positions_read(self);
    return self;
}

void desk_clear(desk *self)
{
    sidecar_exchange_clear(&self->plan);
    sidecar_exchange_clear(&self->said);
    free(self);
}

static void positions_read(desk *self)
{
    char *text = sidecar_file(self->side, "book/positions.csv");
    char *rest;

    (void)strtok_r(text, "\n", &rest);
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        desk_position *position = &self->positions[self->position_count++];
        char quantity[DESK_TEXT_BYTES] = "";

        cr_assert(self->position_count < DESK_POSITIONS_MAX);
        cr_assert(sscanf(line, "%47[^,],%47[^,],%7[^,],%47[^,],%47[^,],%15[^,],%47s",
                         position->account, position->symbol, position->side, quantity,
                         position->entry, position->margin, position->isolated_margin) >= 6,
                  "%s", line);
        position->contracts = atof(quantity);
    }
    free(text);
}

void desk_speak(desk *self)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < self->request_count; i++)
        if (!answer(self, &self->requests[i]))
            self->requests[kept++] = self->requests[i];
    self->request_count = kept;
    plan_speak(self);
    marks_speak(self);
    self->round++;
}

/* The plan's lines under numbers of ours. */
static void plan_speak(desk *self)
{
    const sidecar_script *plan = &self->plan.scripts[1];

    while (self->planned[1] < plan->count) {
        const char *line = plan->lines[self->planned[1]];
        const char *after = strstr(line, "\"after\":");
        const char *rest = after == NULL ? strchr(line, ',') + 1 : strstr(after, "},") + 2;

        if (after != NULL && strtoull(strstr(after, "\"marks\":") + 8, NULL, 10) > self->planned[0])
            return;
        position_follow(self, line);
        say(self, 1, rest, false);
        self->planned[1]++;
    }
}

/* The exchange has what it says. */
static void position_follow(desk *self, const char *line)
{
    char account[DESK_TEXT_BYTES];
    char symbol[DESK_TEXT_BYTES];
    char side[DESK_TEXT_BYTES];
    char margin[DESK_TEXT_BYTES];
    char contracts[DESK_TEXT_BYTES];
    uint32_t position;

    if (!field(line, "contracts", contracts) || !field(line, "account", account) ||
        !field(line, "symbol", symbol) || !field(line, "side", side) ||
        !field(line, "marginMode", margin))
        return;
    position = position_find(self, account, symbol, side, margin);
    cr_assert(position < self->position_count);
    self->positions[position].contracts = atof(contracts);
}

/* When the plan is at its end, prices stand still. */
static void marks_speak(desk *self)
{
    char after[SIDECAR_AFTER_BYTES];
    const sidecar_script *plan = &self->plan.scripts[0];
    char *line = malloc(LINE_BYTES);
    const uint32_t index = self->planned[0] < plan->count ? self->planned[0] : plan->count - 1;

    cr_assert_not_null(line);
    (void)snprintf(line, LINE_BYTES, "{\"seq\":%u,%s\"time\":%" PRIu64 ",\"type\":\"marks\",%s",
                   self->said.scripts[0].count + 1,
                   sidecar_after(after, "orders", self->said.scripts[1].count),
                   1000 + self->round * 1000, strstr(plan->lines[index], "\"marks\":["));
    sidecar_script_add(&self->said.scripts[0], line);
    self->planned[0] += self->planned[0] < plan->count;
    self->due++;
    free(line);
}

/* @param text  an event without its beginning, with its line end */
static void say(desk *self, uint32_t source, const char *text, bool is_due)
{
    char after[SIDECAR_AFTER_BYTES];
    char line[1024];

    (void)snprintf(line, sizeof line, "{\"seq\":%u,%s%s", self->said.scripts[source].count + 1,
                   sidecar_after(after, "marks", self->said.scripts[0].count), text);
    sidecar_script_add(&self->said.scripts[source], line);
    self->due += is_due;
}

/* @return false: the line has no such text or number */
static bool field(const char *line, const char *key, char out[DESK_TEXT_BYTES])
{
    char name[64];
    const char *at;
    size_t bytes;

    (void)snprintf(name, sizeof name, "\"%s\":", key);
    if ((at = strstr(line, name)) == NULL)
        return false;
    at += strlen(name);
    at += *at == '"';
    bytes = strcspn(at, "\",}");
    if (bytes >= DESK_TEXT_BYTES || strncmp(at, "null", 4) == 0)
        return false;
    memcpy(out, at, bytes);
    out[bytes] = '\0';
    return true;
}

bool desk_listen(desk *self, uint64_t last_seq)
{
    for (int i = 0; i < LISTEN_TRIES && self->last_seq < last_seq; i++) {
        char *text = sidecar_file(self->side, "decisions");
        char *at = text + self->read_bytes;
        char *end;

        for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
            *end = '\0';
            decision_take(self, at);
        }
        self->read_bytes = (size_t)(at - text);
        free(text);
        if (self->last_seq < last_seq)
            (void)usleep(5000);
    }
    return self->last_seq == last_seq;
}

static void decision_take(desk *self, const char *line)
{
    desk_request *request = &self->requests[self->request_count];
    char quantity[DESK_TEXT_BYTES];
    char number[DESK_TEXT_BYTES];
    char symbol[DESK_TEXT_BYTES];
    char side[DESK_TEXT_BYTES];
    char margin[DESK_TEXT_BYTES];
    const char *point;

    cr_assert(field(line, "seq", number));
    cr_assert_eq(strtoull(number, NULL, 10), self->last_seq + 1, "%s", line);
    self->last_seq++;
    if (strstr(line, "\"state\":\"requested\"") == NULL)
        return;
    cr_assert(field(line, "request", number) && field(line, "quantity", quantity) &&
                  field(line, "price", request->price) && field(line, "side", side) &&
                  field(line, "account", request->account) && field(line, "margin", margin) &&
                  field(line, "instrument", symbol),
              "%s", line);
    point = strchr(quantity, '.');
    request->number = strtoull(number, NULL, 10);
    request->round = self->round;
    request->decimals = point == NULL ? 0 : (int)strlen(point + 1);
    if (point != NULL)
        memmove(quantity + (point - quantity), point + 1, strlen(point));
    request->left = strtoll(quantity, NULL, 10);
    request->position = position_find(self, request->account, symbol, side, margin);
    self->facts.requests++;
    self->request_count++;
    cr_assert(self->request_count < DESK_REQUESTS_MAX);
}

static uint32_t position_find(const desk *self, const char *account, const char *symbol,
                              const char *side, const char *margin)
{
    uint32_t i = 0;

    while (i < self->position_count && (strcmp(self->positions[i].account, account) != 0 ||
                                        strcmp(self->positions[i].symbol, symbol) != 0 ||
                                        strcmp(self->positions[i].side, side) != 0 ||
                                        strcmp(self->positions[i].margin, margin) != 0))
        i++;
    return i;
}

/* @return whether that was the last of it */
static bool answer(desk *self, desk_request *request)
{
    const uint64_t age = self->round - request->round;
    const answer_style style = (answer_style)(request->number * 2654435761u / 64 % ANSWER_STYLES);
    const int64_t half = request->left / 2;

    if (style == ANSWER_LATE && age < LATE_ROUNDS)
        return false;
    if ((style == ANSWER_HALVES || style == ANSWER_HALF_AND_CANCEL) && age == 0 && half > 0) {
        part_answer(self, request, half, false, false);
        self->facts.partial++;
        return false;
    }
    if (style == ANSWER_PIECES && half > 0) {
        part_answer(self, request, half, false, true);
        self->facts.partial++;
    }
    if (style == ANSWER_CANCEL || style == ANSWER_HALF_AND_CANCEL ||
        (style == ANSWER_NOTHING_DONE && self->advises)) {
        fill_say(self, request, request->number, 0, true, false);
        self->facts.cancelled++;
    } else {
        part_answer(self, request, request->left, true, false);
    }
    odd_say(self, request);
    return true;
}

static void part_answer(desk *self, desk_request *request, int64_t units, bool is_last, bool more)
{
    request->left -= units;
    if (self->advises)
        position_say(self, request, units);
    fill_say(self, request, request->number, units, is_last, more);
}

static void fill_say(desk *self, const desk_request *request, uint64_t number, int64_t units,
                     bool is_last, bool more)
{
    char text[512];
    char amount[DESK_TEXT_BYTES];
    char account[2 * DESK_TEXT_BYTES] = "";

    digits_write(amount, units, request->decimals);
    if (self->advises)
        (void)snprintf(account, sizeof account, "\"account\":\"%s\",", request->account);
    (void)snprintf(text, sizeof text,
                   "%s\"type\":\"fill\",%s\"request\":%" PRIu64 ",\"amount\":\"%s\",\"price\":"
                   "\"%s\",\"last\":%s}\n",
                   more ? "\"more\":true," : "", account, number, amount, request->price,
                   is_last ? "true" : "false");
    say(self, 1, text, !more);
}

/* What is left of the position, and some balance. */
static void position_say(desk *self, const desk_request *request, int64_t units)
{
    desk_position *position = &self->positions[request->position];
    char text[512];
    char amount[DESK_TEXT_BYTES];
    size_t used;

    cr_assert(request->position < self->position_count, "%s", request->account);
    digits_write(amount, units, request->decimals);
    position->contracts -= atof(amount);
    if (position->contracts < 1e-9)
        position->contracts = 0;
    used = (size_t)snprintf(text, sizeof text,
                            "\"more\":true,\"type\":\"position\",\"account\":\"%s\",\"symbol\":"
                            "\"%s\",\"side\":\"%s\",\"marginMode\":\"%s\",\"contracts\":\"%.*f\","
                            "\"entryPrice\":\"%s\"",
                            position->account, position->symbol, position->side, position->margin,
                            request->decimals, position->contracts, position->entry);
    if (strcmp(position->margin, "isolated") == 0)
        used += (size_t)snprintf(text + used, sizeof text - used, ",\"isolatedMargin\":\"%s\"",
                                 position->isolated_margin);
    (void)snprintf(text + used, sizeof text - used, "}\n");
    say(self, 1, text, false);
    (void)snprintf(text, sizeof text,
                   "\"more\":true,\"type\":\"balance\",\"account\":\"%s\",\"asset\":\"USDT\","
                   "\"walletBalance\":\"%" PRIu64 ".25\"}\n",
                   position->account, request->number % 50);
    say(self, 1, text, false);
}

/* The same again under another number, and a fill of what nobody asked for. */
static void odd_say(desk *self, const desk_request *request)
{
    if (request->number % 7 == 0) {
        fill_say(self, request, request->number, 0, true, false);
        self->facts.twice++;
    }
    if (request->number % 5 == 0) {
        fill_say(self, request, request->number + 1000000, 1, true, false);
        self->facts.unknown++;
    }
}

static void digits_write(char out[DESK_TEXT_BYTES], int64_t units, int decimals)
{
    int64_t one = 1;

    for (int i = 0; i < decimals; i++)
        one *= 10;
    if (decimals == 0)
        (void)snprintf(out, DESK_TEXT_BYTES, "%" PRId64, units);
    else
        (void)snprintf(out, DESK_TEXT_BYTES, "%" PRId64 ".%0*" PRId64, units / one, decimals,
                       units % one);
}

bool desk_is_at_rest(const desk *self)
{
    return self->planned[0] == self->plan.scripts[0].count && self->request_count == 0;
}
