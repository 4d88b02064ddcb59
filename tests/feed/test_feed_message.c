#include <criterion/criterion.h>

#include <string.h>

#include "base/json.h"
#include "feed/feed_message.h"

static char out[LIQ_FEED_MESSAGE_BYTES + 1];

static void expect(size_t bytes, const char *line)
{
    cr_expect(bytes == strlen(line) && memcmp(out, line, bytes) == 0, "%.*s", (int)bytes, out);
}

Test(feed_message, writes_one_line_each)
{
    expect(liq_feed_message_applied(out, "orders", 12), "{\"source\":\"orders\",\"applied\":12}\n");
    expect(liq_feed_message_applied(out, "a\"b", UINT64_MAX),
           "{\"source\":\"a\\\"b\",\"applied\":18446744073709551615}\n");
    expect(liq_feed_message_refused(out, "orders", 7, "a \"b\" \\ \n\x01 \xc3\xa9"),
           "{\"source\":\"orders\",\"refused\":{\"seq\":7,\"error\":\"a \\\"b\\\" \\\\ "
           "\\u000a\\u0001 \xc3\xa9\"}}\n");
    expect(liq_feed_message_refused(out, "orders", 0, "x"),
           "{\"source\":\"orders\",\"refused\":{\"seq\":null,\"error\":\"x\"}}\n");
    expect(liq_feed_message_resync(out, "orders", 3, 9),
           "{\"source\":\"orders\",\"resync\":{\"from\":3,\"to\":9}}\n");
    expect(liq_feed_message_dropped(out, "orders", 5), "{\"source\":\"orders\",\"dropped\":5}\n");
    expect(liq_feed_message_closed(out, "orders", "a newer one"),
           "{\"source\":\"orders\",\"closed\":\"a newer one\"}\n");
    expect(liq_feed_message_error(out, "no"), "{\"error\":\"no\"}\n");
}

Test(feed_message, writes_what_is_not_utf8_as_a_replacement)
{
    expect(liq_feed_message_error(out, "a\xff"
                                       "b\xe2\x82"),
           "{\"error\":\"a\xef\xbf\xbd"
           "b\xef\xbf\xbd\xef\xbf\xbd\"}\n");
}

/* Each byte as six: what does not fit is cut, and the line is whole all the same. */
Test(feed_message, fits_in_its_room_whatever_the_texts)
{
    char source[129];
    char reason[2000];
    liq_json *json = NULL;
    size_t bytes;

    memset(source, 1, sizeof source - 1);
    memset(reason, 2, sizeof reason - 1);
    source[sizeof source - 1] = reason[sizeof reason - 1] = '\0';
    bytes = liq_feed_message_refused(out, source, UINT64_MAX, reason);
    cr_assert(bytes <= LIQ_FEED_MESSAGE_BYTES && out[bytes - 1] == '\n');
    cr_assert(liq_json_parse(&json, "t", (liq_text){out, bytes}, NULL) == LIQ_OK);
    liq_json_destroy(json);
    bytes = liq_feed_message_error(out, reason);
    cr_assert(bytes <= LIQ_FEED_MESSAGE_BYTES && out[bytes - 1] == '\n');
}
