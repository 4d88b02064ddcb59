#include "base/bytes.h"

#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

static unsigned char *room_take(liq_bytes_out *out, size_t bytes);
static void number_put(liq_bytes_out *out, uint64_t value, size_t bytes);
static const unsigned char *part_take(liq_bytes_in *in, size_t bytes);
static uint64_t number_get(liq_bytes_in *in, size_t bytes);

void liq_bytes_put_u8(liq_bytes_out *out, uint8_t value)
{
    number_put(out, value, 1);
}

void liq_bytes_put_u32(liq_bytes_out *out, uint32_t value)
{
    number_put(out, value, 4);
}

void liq_bytes_put_u64(liq_bytes_out *out, uint64_t value)
{
    number_put(out, value, 8);
}

void liq_bytes_put_i64(liq_bytes_out *out, int64_t value)
{
    number_put(out, (uint64_t)value, 8);
}

void liq_bytes_put_i128(liq_bytes_out *out, liq_int128 value)
{
    number_put(out, (uint64_t)value, 8);
    number_put(out, (uint64_t)((liq_uint128)value >> 64), 8);
}

void liq_bytes_put_text(liq_bytes_out *out, liq_text text)
{
    unsigned char *room;

    LIQ_ASSERT(text.bytes <= UINT8_MAX);
    liq_bytes_put_u8(out, (uint8_t)text.bytes);
    if ((room = room_take(out, text.bytes)) != NULL && text.bytes > 0)
        memcpy(room, text.data, text.bytes);
}

uint8_t liq_bytes_get_u8(liq_bytes_in *in)
{
    return (uint8_t)number_get(in, 1);
}

uint32_t liq_bytes_get_u32(liq_bytes_in *in)
{
    return (uint32_t)number_get(in, 4);
}

uint64_t liq_bytes_get_u64(liq_bytes_in *in)
{
    return number_get(in, 8);
}

int64_t liq_bytes_get_i64(liq_bytes_in *in)
{
    return (int64_t)number_get(in, 8);
}

liq_int128 liq_bytes_get_i128(liq_bytes_in *in)
{
    const uint64_t low = number_get(in, 8);
    const uint64_t high = number_get(in, 8);

    return (liq_int128)((liq_uint128)high << 64 | low);
}

liq_text liq_bytes_get_text(liq_bytes_in *in)
{
    const size_t bytes = liq_bytes_get_u8(in);
    const unsigned char *part = part_take(in, bytes);

    return part == NULL ? (liq_text){.data = ""}
                        : (liq_text){.data = (const char *)part, .bytes = bytes};
}

bool liq_bytes_get_flag(liq_bytes_in *in)
{
    const uint8_t value = liq_bytes_get_u8(in);

    in->has_failed = in->has_failed || value > 1;
    return value == 1;
}

uint32_t liq_bytes_get_count(liq_bytes_in *in, size_t item_bytes_least)
{
    const uint32_t count = liq_bytes_get_u32(in);

    LIQ_ASSERT(item_bytes_least > 0);
    in->has_failed = in->has_failed || count > (in->bytes - in->at) / item_bytes_least;
    return in->has_failed ? 0 : count;
}

static unsigned char *room_take(liq_bytes_out *out, size_t bytes)
{
    unsigned char *room;

    if (out->has_failed ||
        liq_memory_extend(&out->data, &out->capacity, out->count + bytes, 1, NULL) != LIQ_OK) {
        out->has_failed = true;
        return NULL;
    }
    room = out->data + out->count;
    out->count += bytes;
    return room;
}

static void number_put(liq_bytes_out *out, uint64_t value, size_t bytes)
{
    unsigned char *room = room_take(out, bytes);

    for (size_t i = 0; room != NULL && i < bytes; i++)
        room[i] = (unsigned char)(value >> (8 * i));
}

static const unsigned char *part_take(liq_bytes_in *in, size_t bytes)
{
    if (in->has_failed || bytes > in->bytes - in->at) {
        in->has_failed = true;
        return NULL;
    }
    in->at += bytes;
    return in->data + (in->at - bytes);
}

static uint64_t number_get(liq_bytes_in *in, size_t bytes)
{
    const unsigned char *part = part_take(in, bytes);
    uint64_t value = 0;

    for (size_t i = 0; part != NULL && i < bytes; i++)
        value |= (uint64_t)part[i] << (8 * i);
    return value;
}
