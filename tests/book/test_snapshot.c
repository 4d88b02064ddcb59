#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/checksum.h"
#include "book/live_columns.h"
#include "book/snapshot.h"
#include "support_books_equal.h"
#include "support_large.h"

/* A file in memory. */
typedef struct content {
    char *data;
    size_t bytes;
} content;

static folder home;

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(snapshot, .init = setup, .fini = teardown);

/* Paths that stay valid side by side. */
static const char *snapshot_path(void)
{
    static char path[FOLDER_PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/snapshot", home.path);
    return path;
}

static liq_book *load_files(void)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, home.path, NULL, &err), LIQ_OK, "%s", err.message);
    return book;
}

static void save(const liq_book *book)
{
    liq_error err = {0};

    cr_assert_eq(liq_book_save_snapshot(book, snapshot_path(), &err), LIQ_OK, "%s", err.message);
}

static liq_book *load_well(void)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load_snapshot(&book, snapshot_path(), NULL, &err), LIQ_OK, "%s",
                 err.message);
    return book;
}

static void expect_equal(const liq_book *left, const liq_book *right)
{
    cr_expect_null(books_difference(left, right), "%s", books_difference(left, right));
}

static content read_snapshot(void)
{
    content out = {NULL, 0};
    struct stat facts;
    FILE *file = fopen(snapshot_path(), "rb");

    cr_assert(file != NULL && fstat(fileno(file), &facts) == 0);
    out.bytes = (size_t)facts.st_size;
    out.data = malloc(out.bytes);
    cr_assert(out.data != NULL && fread(out.data, 1, out.bytes, file) == out.bytes);
    (void)fclose(file);
    return out;
}

static void expect_refused_as(bool is_sealed, const content *file, size_t bytes, liq_status status,
                              const char *what)
{
    liq_book *book = NULL;
    liq_error err = {0};

    (void)remove(snapshot_path()); /* nobody may write to it */
    book_folder_write(&home, "snapshot", file->data, bytes);
    if (is_sealed)
        cr_assert_eq(chmod(snapshot_path(), 0400), 0);
    cr_expect_eq(liq_book_load_snapshot(&book, snapshot_path(), NULL, &err), status, "%s: %s", what,
                 err.message);
    cr_expect_not_null(strstr(err.message, "is no snapshot that can be used: "), "%s: %s", what,
                       err.message);
    cr_expect_null(book, "%s", what);
}

/* Read, and mapped. */
static void expect_refused(const content *file, size_t bytes, liq_status status, const char *what)
{
    expect_refused_as(false, file, bytes, status, what);
    expect_refused_as(true, file, bytes, status, what);
}

Test(snapshot, gives_back_every_field)
{
    liq_book *book = load_files();
    liq_book *again;

    save(book);
    again = load_well();
    expect_equal(book, again);
    cr_expect_str_eq(liq_book_venue(again), "good");
    cr_expect_eq(memcmp(&again->venue.policy, &book->venue.policy, sizeof book->venue.policy), 0);
    save(again);
    liq_book_destroy(again);
    again = load_well();
    expect_equal(book, again);
    liq_book_destroy(again);
    liq_book_destroy(book);
}

Test(snapshot, gives_back_a_book_of_many_blocks)
{
    liq_book *book;
    liq_book *again;

    large_write(&home);
    (void)remove(book_folder_path(&home, "depth.csv"));
    book = load_files();
    save(book);
    again = load_well();
    expect_equal(book, again);
    liq_book_destroy(again);
    liq_book_destroy(book);
}

Test(snapshot, gives_back_a_book_without_rows)
{
    liq_book *book;
    liq_book *again;

    book_folder_write_text(&home, "accounts.csv", "account,mode\n");
    book_folder_write_text(&home, "balances.csv", "account,asset,amount\n");
    book_folder_write_text(&home, "positions.csv",
                           "account,instrument,side,quantity,entry_price,margin\n");
    book_folder_write_text(&home, "marks.csv", "symbol,price\n");
    (void)remove(book_folder_path(&home, "orders.csv"));
    (void)remove(book_folder_path(&home, "depth.csv"));
    book = load_files();
    save(book);
    again = load_well();
    expect_equal(book, again);
    liq_book_destroy(again);
    liq_book_destroy(book);
}

Test(snapshot, keeps_prices_as_they_are_and_then_is_of_no_files)
{
    liq_book *book = load_files();
    liq_book *again;
    liq_error err = {0};

    cr_assert_eq(liq_book_shock(book, "BTCUSDT", -100000, &err), LIQ_OK, "%s", err.message);
    cr_expect_not(book->is_stamped);
    save(book);
    again = load_well();
    expect_equal(book, again);
    cr_expect_not(again->is_stamped);
    liq_book_destroy(again);
    liq_book_destroy(book);
}

Test(snapshot, is_for_its_owner_to_read_and_leaves_nothing_beside)
{
    liq_book *book = load_files();
    struct stat facts;
    char command[FOLDER_PATH_BYTES + 64];

    save(book);
    save(book);
    cr_assert_eq(stat(snapshot_path(), &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0400, "%o", facts.st_mode & 0777);
    (void)snprintf(command, sizeof command, "test $(ls '%s' | wc -l) = %d", home.path,
                   GOOD_BOOK_FILES + 1);
    cr_expect_eq(system(command), 0, "%s", command);
    liq_book_destroy(book);
}

Test(snapshot, says_where_it_cannot_be_written_or_read)
{
    liq_book *book = load_files();
    liq_book *none = NULL;
    liq_error err = {0};

    cr_expect_eq(liq_book_save_snapshot(book, home.path, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "is there already, and is no regular file"), "%s",
                       err.message);
    cr_expect_eq(liq_book_save_snapshot(book, "/dev/null", &err), LIQ_BAD_INPUT);
    cr_expect_eq(liq_book_save_snapshot(book, book_folder_path(&home, "none/here"), &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "none/here: cannot be written"), "%s", err.message);
    cr_expect_eq(liq_book_load_snapshot(&none, snapshot_path(), NULL, &err), LIQ_NOT_FOUND);
    cr_expect_eq(liq_book_load_snapshot(&none, home.path, NULL, &err), LIQ_BAD_INPUT);
    cr_expect_eq(liq_book_load_snapshot(&none, "/dev/null", NULL, &err), LIQ_BAD_INPUT);
    cr_expect_null(none);
    free(book->venue_text);
    book->venue_text = NULL;
    cr_expect_eq(liq_book_save_snapshot(book, snapshot_path(), &err), LIQ_UNSUPPORTED);
    liq_book_destroy(book);
}

Test(snapshot, refuses_every_length_but_its_own)
{
    liq_book *book = load_files();
    content file;

    save(book);
    liq_book_destroy(book);
    file = read_snapshot();
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        char what[32];

        (void)snprintf(what, sizeof what, "%zu bytes", bytes);
        expect_refused(&file, bytes, LIQ_BAD_INPUT, what);
    }
    file.data = realloc(file.data, file.bytes + 1);
    cr_assert_not_null(file.data);
    file.data[file.bytes] = 0;
    expect_refused(&file, file.bytes + 1, LIQ_BAD_INPUT, "one byte more");
    free(file.data);
}

Test(snapshot, refuses_every_flipped_bit)
{
    liq_book *book = load_files();
    content file;

    save(book);
    liq_book_destroy(book);
    file = read_snapshot();
    for (size_t i = 0; i < file.bytes; i++) {
        const bool version = i >= offsetof(liq_snapshot_head, byte_order) &&
                             i < offsetof(liq_snapshot_head, file_bytes);
        char what[32];

        (void)snprintf(what, sizeof what, "byte %zu", i);
        file.data[i] = (char)(file.data[i] ^ 1 << i % 8);
        expect_refused(&file, file.bytes, version ? LIQ_UNSUPPORTED : LIQ_BAD_INPUT, what);
        file.data[i] = (char)(file.data[i] ^ 1 << i % 8);
    }
    free(file.data);
}

/* Make the checksums right again, as somebody would who forges a file. */
static void forge(content *file)
{
    liq_snapshot_head *head = (liq_snapshot_head *)(void *)file->data;
    uint64_t *checksums = (uint64_t *)(void *)(file->data + sizeof *head);
    const uint64_t count = liq_snapshot_block_count(head);
    size_t offset = sizeof *head + (size_t)count * sizeof *checksums;
    uint64_t number = 0;

    /* Every section of the good book is one block, or empty. */
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++) {
        const size_t bytes =
            (size_t)head->items[i] * liq_snapshot_item_bytes((liq_snapshot_section)i);

        if (liq_snapshot_blocks(head, (liq_snapshot_section)i) == 0)
            continue;
        checksums[number++] = liq_checksum(file->data + offset, bytes);
        offset += bytes;
    }
    cr_assert(number == count && offset == file->bytes);
    head->list_checksum = liq_checksum(checksums, (size_t)count * sizeof *checksums);
    head->head_checksum = liq_checksum(head, offsetof(liq_snapshot_head, head_checksum));
}

/* Where a section starts. */
static void *section_of(content *file, liq_snapshot_section section)
{
    const liq_snapshot_head *head = (liq_snapshot_head *)(void *)file->data;

    return file->data + liq_snapshot_section_offset(head, section);
}

typedef struct forgery {
    liq_snapshot_section section;
    size_t place; /* in the section */
    size_t bytes;
    uint64_t value;
    const char *reason;
} forgery;

#define FORGE(SECTION, RECORD, ROW, FIELD, VALUE, REASON)                                          \
    {                                                                                              \
        LIQ_SNAPSHOT_##SECTION, (ROW) * sizeof(RECORD) + offsetof(RECORD, FIELD),                  \
            sizeof(((RECORD *)NULL)->FIELD), (uint64_t)(VALUE), REASON                             \
    }
#define MALFORMED_POSITION "a position is malformed"
#define MANY_ROWS "the rows of its accounts are not as many as all rows"
#define BAD_POSITION "a position has no such price or value"

/* What no writer writes, under checksums that are right. */
static const forgery forgeries[] = {
    FORGE(MARKS, liq_snapshot_price, 0, digits, -1, "a mark price is out of range"),
    FORGE(MARKS, liq_snapshot_price, 0, decimals, 31, "a mark price is out of range"),
    FORGE(MARKS, liq_snapshot_price, 0, digits, 10, "a mark price is out of range"),
    FORGE(INDICES, liq_snapshot_price, 0, digits, 2,
          "the index price of the margin currency is not 1"),
    FORGE(INDICES, liq_snapshot_price, 1, decimals, -1, "an index price is out of range"),
    FORGE(DEPTH, liq_snapshot_level, 0, quantity_lots, -1, "a level of depth is out of range"),
    FORGE(DEPTH, liq_snapshot_level, 0, instrument_index, 4, "a level of depth is malformed"),
    FORGE(DEPTH, liq_snapshot_level, 0, is_bid, 2, "a level of depth is malformed"),
    FORGE(DEPTH, liq_snapshot_level, 0, is_bid, 0, "levels of depth are out of order"),
    FORGE(DEPTH, liq_snapshot_level, 0, reserved_zero, 1, "a level of depth is malformed"),
    FORGE(ACCOUNTS, liq_snapshot_account, 0, group_index, 1, "an account is malformed"),
    FORGE(ACCOUNTS, liq_snapshot_account, 0, mode, 2, "an account is malformed"),
    FORGE(ACCOUNTS, liq_snapshot_account, 0, adl_exempt, 2, "an account is malformed"),
    FORGE(ACCOUNTS, liq_snapshot_account, 0, reserved_zero, 1, "an account is malformed"),
    {LIQ_SNAPSHOT_ID_STARTS, 0, 8, 1, "an account id is malformed"},
    {LIQ_SNAPSHOT_ID_STARTS, 8, 8, 0, "an account id is malformed"},
    {LIQ_SNAPSHOT_ID_STARTS, 8, 8, UINT64_MAX, "an account id is malformed"},
    {LIQ_SNAPSHOT_ID_STARTS, 8, 8, 5, "an account id is malformed"},
    {LIQ_SNAPSHOT_ID_STARTS, 24, 8, 5, "its account ids are not as long as all ids"},
    {LIQ_SNAPSHOT_BALANCE_FIRST, 0, 8, 1, MANY_ROWS},
    {LIQ_SNAPSHOT_BALANCE_FIRST, 8, 8, UINT64_MAX, MANY_ROWS},
    {LIQ_SNAPSHOT_BALANCE_FIRST, 8, 8, 0, "a balance is malformed"},
    {LIQ_SNAPSHOT_POSITION_FIRST, 16, 8, 0, MANY_ROWS},
    {LIQ_SNAPSHOT_POSITION_FIRST, 24, 8, 1, MANY_ROWS},
    {LIQ_SNAPSHOT_ORDER_FIRST, 24, 8, UINT64_MAX, MANY_ROWS},
    {LIQ_SNAPSHOT_IDS, 0, 1, 'z', "account ids are out of order"},
    {LIQ_SNAPSHOT_IDS, 0, 1, ' ', "an account id is malformed"},
    {LIQ_SNAPSHOT_IDS, 5, 1, 'x', "an account id is malformed"},
    {LIQ_SNAPSHOT_IDS, 2, 1, 0, "an account id is malformed"},
    {LIQ_SNAPSHOT_GROUPS, 0, 1, 7, "a group is no name, or there twice"},
    {LIQ_SNAPSHOT_GROUPS, 4, 1, 'x', "a group is no name, or there twice"},
    {LIQ_SNAPSHOT_VENUE, 0, 1, 'x', "its venue.json is refused"},
    FORGE(BALANCES, liq_snapshot_balance, 0, amount, INT64_MIN, "a balance is malformed"),
    FORGE(BALANCES, liq_snapshot_balance, 0, asset_index, 3, "a balance is malformed"),
    FORGE(BALANCES, liq_snapshot_balance, 1, asset_index, 1, "balances are out of order"),
    FORGE(BALANCES, liq_snapshot_balance, 0, account_index, 1, "a balance is malformed"),
    FORGE(BALANCES, liq_snapshot_balance, 0, account_index, 0xffffffff, "a balance is malformed"),
    FORGE(POSITIONS, liq_snapshot_position, 0, quantity_lots, 0, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, quantity_lots, 1000000000000001, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, quantity_lots, INT64_MIN, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, price_digits, 0, BAD_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, price_digits, 999999999999999999, BAD_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, price_decimals, 31, BAD_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, isolated_margin, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 4, isolated_margin, -1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, isolated, 2, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, instrument_index, 4, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, reserved_zero, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, reserved_zero_8, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, reserved_zero_16, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, reserved_zero_32, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, account_index, 1, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 1, account_index, 0xffffffff, MALFORMED_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 0, entry_value, 1, BAD_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 1, price_decimals, -1, BAD_POSITION),
    FORGE(POSITIONS, liq_snapshot_position, 2, quantity_lots, 500, "positions are out of order"),
    FORGE(POSITIONS, liq_snapshot_position, 1, isolated, 1, "positions are out of order"),
    FORGE(ORDERS, liq_snapshot_order, 0, quantity_lots, 0, "an order is malformed"),
    FORGE(ORDERS, liq_snapshot_order, 0, price_digits, -5, "an order has no such price or value"),
    FORGE(ORDERS, liq_snapshot_order, 1, limit_value, 5, "an order has no such price or value"),
    FORGE(ORDERS, liq_snapshot_order, 0, account_index, 7, "an order is malformed"),
    FORGE(ORDERS, liq_snapshot_order, 0, instrument_index, 4, "an order is malformed"),
    FORGE(ORDERS, liq_snapshot_order, 0, reserved_zero, 1, "an order is malformed")};

/* In what only a live book knows. */
static const forgery live_forgeries[] = {
    FORGE(DEPTH_MARKS, liq_snapshot_price, 0, digits, -1, "a mark price is out of range"),
    FORGE(DEPTH_MARKS, liq_snapshot_price, 1, decimals, 31, "a mark price is out of range"),
    {LIQ_SNAPSHOT_REFERENCES, 16, 8, 1, "references of orders are out of order"},
    {LIQ_SNAPSHOT_REFERENCES, 8, 8, UINT64_MAX, "references of orders are out of order"},
    {LIQ_SNAPSHOT_ACCOUNTS_SEEN, 0, 1, 8, "what an account was told is malformed"},
    {LIQ_SNAPSHOT_POSITIONS_SEEN, 0, 1, 1, "what an account was told is malformed"},
    {LIQ_SNAPSHOT_POSITIONS_SEEN, 4, 1, 8, "what an account was told is malformed"}};

static void forgeries_try(const forgery *rows, size_t count)
{
    content file;
    char *kept;

    file = read_snapshot();
    kept = malloc(file.bytes);
    cr_assert_not_null(kept);
    memcpy(kept, file.data, file.bytes);
    forge(&file);
    cr_assert_eq(memcmp(kept, file.data, file.bytes), 0, "the writer's checksums are others");
    for (size_t i = 0; i < count; i++) {
        const forgery *row = &rows[i];
        liq_book *none = NULL;
        liq_error err = {0};

        memcpy((char *)section_of(&file, row->section) + row->place, &row->value, row->bytes);
        forge(&file);
        (void)remove(snapshot_path());
        book_folder_write(&home, "snapshot", file.data, file.bytes);
        cr_assert_eq(chmod(snapshot_path(), i % 2 == 0 ? 0400 : 0600), 0);
        cr_expect_eq(liq_book_load_snapshot(&none, snapshot_path(), NULL, &err), LIQ_BAD_INPUT,
                     "%zu: %s", i, row->reason);
        cr_expect_not_null(strstr(err.message, row->reason), "%zu: %s, not %s", i, err.message,
                           row->reason);
        cr_expect_null(none, "%zu", i);
        memcpy(file.data, kept, file.bytes);
    }
    free(kept);
    free(file.data);
}

Test(snapshot, checks_what_it_reads_whatever_the_checksums_say)
{
    liq_book *book = load_files();

    save(book);
    liq_book_destroy(book);
    forgeries_try(forgeries, sizeof forgeries / sizeof forgeries[0]);
}

/* The good book as a live one saves it, with numbers of orders and statuses of its own. */
static void save_live(const liq_book *book)
{
    static const liq_live_event order = {.kind = LIQ_LIVE_ORDER,
                                         .account = "bob",
                                         .symbol = "BTCUSDT",
                                         .amount = "1",
                                         .price = "30000",
                                         .order_reference = UINT64_MAX};
    liq_live_book live = {0};
    liq_book columns = {0};
    liq_error err = {0};

    cr_assert_eq(liq_live_book_create(&live, book, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_book_apply(&live, &order, 1, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < live.account_count; i++)
        live.accounts[i].seen = (uint8_t)(i + 1);
    cr_assert_eq(liq_live_columns_write(&columns, &live, &err), LIQ_OK);
    for (uint64_t i = 0; i < columns.position_count; i++)
        columns.position_seen[i] = columns.positions[i].isolated ? (uint8_t)(i + 1) : 0;
    save(&columns);
    liq_live_columns_clear(&columns);
    liq_live_book_clear(&live);
}

Test(snapshot, gives_back_what_a_live_book_knows)
{
    liq_book *book = load_files();
    liq_book *again;
    liq_live_book live = {0};
    uint64_t isolated = 0;

    save_live(book);
    again = load_well();
    cr_assert_eq(again->order_count, book->order_count + 1);
    cr_expect_eq(again->order_references[again->order_count - 2], UINT64_MAX);
    for (uint32_t i = 0; i < again->account_count; i++)
        cr_expect_eq(again->account_seen[i], i + 1);
    for (uint64_t i = 0; i < again->position_count; i++) {
        cr_expect_eq(again->position_seen[i], again->positions[i].isolated ? i + 1 : 0);
        isolated += again->positions[i].isolated;
    }
    cr_expect_eq(isolated, 2);
    for (uint32_t i = 0; i < again->venue.instrument_count; i++)
        cr_expect_eq(liq_decimal_compare(again->depth_marks[i], book->instrument_marks[i]), 0);
    /* And a loaded book writes it once more. */
    save(again);
    liq_book_destroy(again);
    again = load_well();
    cr_assert_eq(liq_live_book_create(&live, again, NULL, NULL), LIQ_OK);
    cr_expect_eq(live.accounts[1].seen, 2);
    cr_expect_eq(live.entries[live.accounts[1].first[LIQ_LIVE_ORDERS]].reference, 1);
    liq_live_book_clear(&live);
    liq_book_destroy(again);
    liq_book_destroy(book);
}

Test(snapshot, checks_what_a_live_book_knows)
{
    liq_book *book = load_files();

    save_live(book);
    liq_book_destroy(book);
    forgeries_try(live_forgeries, sizeof live_forgeries / sizeof live_forgeries[0]);
}

/* Heads whose checksum is right. */
Test(snapshot, refuses_heads_that_cannot_be)
{
    liq_book *book = load_files();
    content file;
    liq_snapshot_head kept;
    liq_snapshot_head *head;
    uint64_t *fields[3];

    save(book);
    liq_book_destroy(book);
    file = read_snapshot();
    head = (liq_snapshot_head *)(void *)file.data;
    kept = *head;
    fields[0] = &head->group_count;
    fields[1] = &head->is_stamped;
    fields[2] = &head->file_bytes;
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS + 3; i++) {
        static const uint64_t values[] = {UINT64_MAX, UINT32_MAX, 1ULL << 40, 2};
        uint64_t *field =
            i < LIQ_SNAPSHOT_SECTIONS ? &head->items[i] : fields[i - LIQ_SNAPSHOT_SECTIONS];

        for (size_t j = 0; j < sizeof values / sizeof values[0]; j++) {
            char what[32];

            (void)snprintf(what, sizeof what, "field %d, %llu", i, (unsigned long long)values[j]);
            *field = values[j];
            head->head_checksum = liq_checksum(head, offsetof(liq_snapshot_head, head_checksum));
            expect_refused(&file, file.bytes, LIQ_BAD_INPUT, what);
            *head = kept;
        }
    }
    free(file.data);
}

Test(snapshot, finds_rows_out_of_order_between_two_blocks)
{
    liq_book *book;
    liq_book *none = NULL;
    liq_error err = {0};
    uint64_t seam = liq_snapshot_block_items(LIQ_SNAPSHOT_POSITIONS);
    liq_position swapped;

    large_write(&home);
    (void)remove(book_folder_path(&home, "depth.csv"));
    book = load_files();
    while (book->positions[seam - 1].account_index != book->positions[seam].account_index)
        seam += liq_snapshot_block_items(LIQ_SNAPSHOT_POSITIONS);
    swapped = book->positions[seam];
    book->positions[seam] = book->positions[seam - 1];
    book->positions[seam - 1] = swapped;
    save(book);
    liq_book_destroy(book);
    cr_expect_eq(liq_book_load_snapshot(&none, snapshot_path(), NULL, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "out of order"), "%s", err.message);
}

Test(snapshot, finds_orders_out_of_order)
{
    liq_book *book = load_files();
    liq_book *none = NULL;
    liq_error err = {0};
    const liq_order swapped = book->orders[1];

    cr_assert_eq(book->orders[3].account_index, swapped.account_index);
    book->orders[1] = book->orders[3];
    book->orders[3] = swapped;
    save(book);
    liq_book_destroy(book);
    cr_expect_eq(liq_book_load_snapshot(&none, snapshot_path(), NULL, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "orders are out of order"), "%s", err.message);
}

static int stop(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage;
    cr_expect_leq(done, total);
    return --*(int *)context >= 0;
}

Test(snapshot, stops_when_told)
{
    liq_book *book = load_files();
    int calls = 0;
    const liq_progress progress = {stop, &calls};
    liq_book *none = NULL;
    liq_error err = {0};

    save(book);
    liq_book_destroy(book);
    cr_expect_eq(liq_book_load_snapshot(&none, snapshot_path(), &progress, &err), LIQ_INTERRUPTED);
    cr_expect_null(none);
}
