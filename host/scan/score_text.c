/*
 * A key is mantissa x 2^exponent. It is spread over a number of 32-bit words with a binary point
 * between two of them, whose digits are then read off: the whole part by dividing, the fraction
 * by multiplying.
 */
#include "scan/score_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/fail.h"
#include "liq_adl.h"

/* Exponents of a key reach from -564 to 458, those of its digits 53 bits further. */
enum { FRACTION_WORDS = 20, WHOLE_WORDS = 17, WORDS = FRACTION_WORDS + WHOLE_WORDS };
enum { SIGNIFICANT = 15, DIGITS_MAX = 180 };

/* Decimal digits, most significant first; point of them stand before the point. */
typedef struct digit_text {
    uint8_t digits[DIGITS_MAX];
    size_t count;
    size_t point;
} digit_text;

static void words_set(uint32_t words[WORDS], uint64_t mantissa, int32_t exponent);
static void whole_read(digit_text *text, uint32_t words[WORDS]);
static void fraction_read(digit_text *text, uint32_t words[WORDS]);
static void digits_round(digit_text *text);
static size_t first_digit(const digit_text *text);

_Static_assert((int)LIQ_ADL_SCORE_BYTES >= DIGITS_MAX + 4, "sign, point and terminator fit");

void liq_score_write(char out[LIQ_ADL_SCORE_BYTES], int64_t key)
{
    const uint64_t size = liq_size_of(key);
    const uint64_t one = (uint64_t)1 << LIQ_SCORE_MANTISSA_BITS;
    uint32_t words[WORDS] = {0};
    digit_text text = {.count = 0};
    size_t used = 0;

    out[0] = '\0';
    if (key == LIQ_SCORE_UNVALUED || key == LIQ_SCORE_PAST_BANKRUPTCY)
        return;
    if (key != 0)
        words_set(words, one | (size & (one - 1)),
                  (int32_t)(size >> LIQ_SCORE_MANTISSA_BITS) - LIQ_SCORE_BIAS -
                      LIQ_SCORE_MANTISSA_BITS);
    whole_read(&text, words);
    fraction_read(&text, words);
    digits_round(&text);
    while (text.count > text.point && text.digits[text.count - 1] == 0)
        text.count--;
    if (key < 0)
        out[used++] = '-';
    for (size_t i = 0; i < text.count; i++) {
        if (i == text.point)
            out[used++] = '.';
        out[used++] = (char)('0' + text.digits[i]);
    }
    out[used] = '\0';
}

/* Words from the least significant up; the point stands below words[FRACTION_WORDS]. */
static void words_set(uint32_t words[WORDS], uint64_t mantissa, int32_t exponent)
{
    const uint32_t place = (uint32_t)(exponent + FRACTION_WORDS * 32);
    const uint32_t shift = place % 32;
    const uint64_t low = (mantissa & 0xffffffffu) << shift;
    const uint64_t high = (mantissa >> 32) << shift;

    LIQ_ASSERT(exponent + FRACTION_WORDS * 32 >= 0 && place / 32 + 3 <= WORDS);
    words[place / 32] = (uint32_t)low;
    words[place / 32 + 1] = (uint32_t)(low >> 32) | (uint32_t)high;
    words[place / 32 + 2] = (uint32_t)(high >> 32);
}

/* At least one digit, if only a zero. */
static void whole_read(digit_text *text, uint32_t words[WORDS])
{
    uint8_t reversed[DIGITS_MAX];
    size_t count = 0;
    bool more = true;

    while (more) {
        uint64_t rest = 0;

        more = false;
        for (int i = WORDS - 1; i >= FRACTION_WORDS; i--) {
            rest = rest << 32 | words[i];
            words[i] = (uint32_t)(rest / 10);
            rest %= 10;
            more = more || words[i] != 0;
        }
        LIQ_ASSERT(count < DIGITS_MAX);
        reversed[count++] = (uint8_t)rest;
    }
    while (count > 0)
        text->digits[text->count++] = reversed[--count];
    text->point = text->count;
}

/* As many digits as count, and one more to round by. */
static void fraction_read(digit_text *text, uint32_t words[WORDS])
{
    while (text->count < DIGITS_MAX && text->count <= first_digit(text) + SIGNIFICANT) {
        uint64_t carry = 0;

        for (size_t i = 0; i < FRACTION_WORDS; i++) {
            carry += (uint64_t)words[i] * 10;
            words[i] = (uint32_t)carry;
            carry >>= 32;
        }
        text->digits[text->count++] = (uint8_t)carry;
    }
}

/* To the nearest, halves up; digits of the whole part that do not count become zeros. */
static void digits_round(digit_text *text)
{
    const size_t end = first_digit(text) + SIGNIFICANT;
    bool carry = end < text->count && text->digits[end] >= 5;

    for (size_t i = end; i < text->count; i++)
        text->digits[i] = 0;
    for (size_t i = end; carry && i > 0; i--) {
        text->digits[i - 1] = (uint8_t)((text->digits[i - 1] + 1) % 10);
        carry = text->digits[i - 1] == 0;
    }
    if (!carry)
        return;
    /* All nines: one digit more before the point. */
    LIQ_ASSERT(text->count < DIGITS_MAX);
    memmove(text->digits + 1, text->digits, text->count);
    text->digits[0] = 1;
    text->count++;
    text->point++;
}

/* Place of the first digit that is not zero; the count when there is none yet. */
static size_t first_digit(const digit_text *text)
{
    size_t i = 0;

    while (i < text->count && text->digits[i] == 0)
        i++;
    return i;
}
