/*
 * The configuration of a sidecar: what it takes, what holds where it is silent, and how each fault
 * of it is told.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "book/support_folder.h"
#include "engine/engine_config.h"

#define HEAD "{\"name\":\"n\",\"book\":\"b\",\"state\":\"s\""
#define SOURCES "\"sources\":[{\"source\":\"a\",\"kind\":\"stdin\"}]"
#define WITH(rest) HEAD "," SOURCES "," rest "}"
#define SOURCE(rest) HEAD ",\"socket\":\"x\",\"nats\":\"y\",\"sources\":[" rest "]}"

static liq_status load(liq_engine_config *config, const char *text, liq_error *err)
{
    const folder target = book_folder_create();
    liq_status status;

    *config = (liq_engine_config){0};
    book_folder_write_text(&target, "c.json", text);
    status = liq_engine_config_load(config, book_folder_path(&target, "c.json"), err);
    book_folder_remove(&target);
    return status;
}

Test(engine_config, has_defaults_for_what_it_leaves_out)
{
    liq_engine_config config;
    liq_error err;

    cr_assert_eq(load(&config, HEAD "," SOURCES "}", &err), LIQ_OK, "%s", err.message);
    cr_expect(!config.advises && !config.by_events && config.coalesces && config.is_synchronous);
    cr_expect(config.book_is_complete && !config.cpu_takes_over && config.device == NULL);
    cr_expect_eq(config.commit_ms, 100);
    cr_expect_eq(config.stale_ms, -1);
    cr_expect_eq(config.advice_ms, 5000);
    cr_expect_eq(config.queue_bytes, 64 << 20);
    cr_expect_eq(config.reorder_events, 1024);
    cr_expect_eq(config.snapshot_ticks, 1000);
    cr_expect_eq(config.snapshot_bytes, 384 << 20);
    cr_expect_eq(config.snapshots_kept, 3);
    cr_expect_eq(config.journal_bytes, (int64_t)1 << 30);
    cr_expect(config.journal_hours == 0 && config.journal_parts == 0);
    cr_expect_eq(config.http_port, -1);
    cr_expect_eq(config.sources[0].gap_ms, 1000);
    liq_engine_config_clear(&config);
}

Test(engine_config, takes_comments_in_every_object)
{
    liq_engine_config config;
    liq_error err;

    cr_assert_eq(load(&config,
                      HEAD
                      ",\"comment\":[\"one\",\"two\"],\"http\":{\"comment\":\"c\"},\"nats\":\"y\","
                      "\"sources\":[{\"comment\":\"c\",\"source\":\"a\",\"kind\":\"nats\","
                      "\"stream\":\"S\",\"subject\":\"t\",\"durable\":\"d\",\"answers\":\"u\"}],"
                      "\"outlets\":[{\"comment\":\"c\",\"outlet\":\"file\",\"path\":\"p\"}]}",
                      &err),
                 LIQ_OK, "%s", err.message);
    cr_expect_eq(config.http_port, 9464);
    cr_expect_str_eq(config.http_address, "127.0.0.1");
    cr_expect_str_eq(config.sources[0].answers, "u");
    cr_expect(!config.sources[0].creates);
    cr_expect_eq(config.sources[0].gap_ms, 10000);
    cr_expect_str_eq(config.outlets[0].target, "p");
    liq_engine_config_clear(&config);
}

Test(engine_config, tells_what_is_wrong)
{
    static const struct {
        const char *text;
        liq_status status;
        const char *told;
    } rows[] = {
        {"[]", LIQ_BAD_INPUT, "an object"},
        {"{\"name\":\"n\"}", LIQ_BAD_INPUT, "\"book\""},
        {HEAD "}", LIQ_BAD_INPUT, "\"sources\""},
        {HEAD ",\"sources\":[]}", LIQ_BAD_INPUT, "there is no source of events"},
        {"{\"name\":\"a b\",\"book\":\"b\",\"state\":\"s\"," SOURCES "}", LIQ_BAD_INPUT,
         "1 to 32 of a-z"},
        {"{\"name\":\"n\",\"book\":\"\",\"state\":\"s\"," SOURCES "}", LIQ_BAD_INPUT,
         "must not be empty"},
        {WITH("\"books\":\"b\""), LIQ_BAD_INPUT, "unknown key \"books\""},
        {WITH("\"comment\":1"), LIQ_BAD_INPUT, "comment"},
        {WITH("\"mode\":\"advice\""), LIQ_BAD_INPUT, "must be \"simulate\" or \"advise\""},
        {WITH("\"clock\":\"event\""), LIQ_BAD_INPUT, "must be \"wall\" or \"events\""},
        {WITH("\"synchronous\":\"off\""), LIQ_BAD_INPUT, "must be \"normal\" or \"full\""},
        {WITH("\"device_lost\":\"go on\""), LIQ_BAD_INPUT, "must be \"stop\" or \"cpu\""},
        {WITH("\"coalesce\":\"true\""), LIQ_BAD_INPUT, "coalesce"},
        {WITH("\"stale_ms\":-1"), LIQ_OUT_OF_RANGE, "stale_ms"},
        {WITH("\"advice_ms\":0"), LIQ_OUT_OF_RANGE, "advice_ms"},
        {WITH("\"snapshots_kept\":0"), LIQ_OUT_OF_RANGE, "snapshots_kept"},
        {WITH("\"http\":9464"), LIQ_BAD_INPUT, "an object"},
        {WITH("\"http\":{\"port\":65536}"), LIQ_OUT_OF_RANGE, "http.port"},
        {WITH("\"http\":{\"host\":\"h\"}"), LIQ_BAD_INPUT, "unknown key \"host\""},
        {WITH("\"outlets\":[{\"outlet\":\"pipe\"}]"), LIQ_BAD_INPUT,
         "must be \"stdout\", \"file\" or \"nats\""},
        {WITH("\"outlets\":[{\"outlet\":\"file\"}]"), LIQ_BAD_INPUT, "\"path\""},
        {WITH("\"outlets\":[{\"outlet\":\"nats\",\"subject\":\"t\"}]"), LIQ_BAD_INPUT,
         "needs \"nats\" at the top"},
        {HEAD ",\"sources\":[{\"source\":\"a\",\"kind\":\"socket\"}]}", LIQ_BAD_INPUT,
         "needs \"socket\" at the top"},
        {SOURCE("{\"source\":\"a\",\"kind\":\"file\"}"), LIQ_BAD_INPUT,
         "must be \"stdin\", \"socket\" or \"nats\""},
        {SOURCE("{\"source\":\"a.b\",\"kind\":\"socket\"}"), LIQ_BAD_INPUT, "1 to 32 of a-z"},
        {SOURCE("{\"source\":\"a\",\"kind\":\"nats\",\"stream\":\"S\"}"), LIQ_BAD_INPUT,
         "\"subject\""},
        {SOURCE("{\"source\":\"a\",\"kind\":\"socket\"},{\"source\":\"a\",\"kind\":\"stdin\"}"),
         LIQ_DUPLICATE, "of that name"},
        {SOURCE("{\"source\":\"a\",\"kind\":\"stdin\"},{\"source\":\"b\",\"kind\":\"stdin\"}"),
         LIQ_DUPLICATE, "reads standard input already"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_engine_config config;
        liq_error err = {0};

        cr_expect_eq(load(&config, rows[i].text, &err), rows[i].status, "%s: %s", rows[i].text,
                     err.message);
        cr_expect_not_null(strstr(err.message, rows[i].told), "%s: %s", rows[i].text, err.message);
        cr_expect_null(config.json);
        liq_engine_config_clear(&config);
    }
}
