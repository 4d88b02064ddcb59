#include "book/generate.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/generate_internal.h"

enum {
    PATH_BYTES = 4000,
    REPORT_ACCOUNTS = 8192,
    FOLDER_TRIES = 1000,
    POSITIONS_MILLI_MIN = 1000,
    PROFILE_BYTES_MAX = 64
};

static const char *const file_names[] = {"venue.json",   "marks.csv",     "accounts.csv",
                                         "balances.csv", "positions.csv", "orders.csv",
                                         "depth.csv",    "tables.json"};

static liq_status options_check(const liq_generate_options *options, liq_error *err);
static liq_status extras_check(const liq_generate_options *options, liq_error *err);
static liq_status share_check(const char *name, uint64_t ppm, liq_error *err);
static liq_status target_check(const char *directory, liq_error *err);
static liq_status folder_make(char *folder, const char *directory, liq_error *err);
static void folder_drop(const char *folder);
static liq_status book_write(liq_generate_plan *plan, const char *folder, liq_error *err);
static liq_status files_open(liq_generate_plan *plan, const char *folder, liq_error *err);
static liq_status accounts_write(liq_generate_plan *plan, liq_error *err);
static liq_status files_close(liq_generate_plan *plan, liq_error *err);
static liq_status folder_rename(const char *folder, const char *directory, liq_error *err);

void liq_generate_defaults(liq_generate_options *out)
{
    *out = (liq_generate_options){.accounts = 100000,
                                  .instruments = 100,
                                  .seed = 1,
                                  .near_ppm = 20000,
                                  .past_ppm = 1000,
                                  .first_ppm = 600000};
}

liq_status liq_generate(const char *directory, const liq_generate_options *options,
                        liq_generate_counts *counts, liq_error *err)
{
    char folder[PATH_BYTES] = "";
    liq_generate_plan *plan = NULL;
    liq_status status;

    if ((status = options_check(options, err)) != LIQ_OK ||
        (status = target_check(directory, err)) != LIQ_OK ||
        (status = liq_memory_array(&plan, 1, sizeof *plan, err)) != LIQ_OK ||
        (status = folder_make(folder, directory, err)) != LIQ_OK)
        goto done;
    plan->options = *options;
    if ((status = book_write(plan, folder, err)) != LIQ_OK ||
        (status = folder_rename(folder, directory, err)) != LIQ_OK)
        goto done;
    folder[0] = '\0'; /* it is the book now */
    if (counts != NULL)
        *counts = plan->counts;
done:
    if (plan != NULL)
        liq_generate_plan_clear(plan);
    free(plan);
    folder_drop(folder);
    return status;
}

static liq_status options_check(const liq_generate_options *options, liq_error *err)
{
    const uint64_t held_max = (uint64_t)options->instruments * 1000;
    const uint64_t milli_max =
        held_max < LIQ_GENERATE_POSITIONS_MILLI_MAX ? held_max : LIQ_GENERATE_POSITIONS_MILLI_MAX;
    liq_status status;

    if (options->accounts < 1 || options->accounts > LIQ_ACCOUNTS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u accounts: must be in 1 .. %d",
                        options->accounts, LIQ_ACCOUNTS_MAX);
    if (options->instruments < 1 || options->instruments > LIQ_INSTRUMENTS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u instruments: must be in 1 .. %d",
                        options->instruments, LIQ_INSTRUMENTS_MAX);
    if (options->positions_milli != 0 &&
        (options->positions_milli < POSITIONS_MILLI_MIN || options->positions_milli > milli_max))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%u.%03u positions an account: must be in 1 .. %u, or as many as there "
                        "are instruments",
                        options->positions_milli / 1000, options->positions_milli % 1000,
                        LIQ_GENERATE_POSITIONS_MILLI_MAX / 1000);
    if (options->collateral_assets > LIQ_GENERATE_COLLATERAL_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u collateral assets: must be in 0 .. %d",
                        options->collateral_assets, LIQ_GENERATE_COLLATERAL_MAX);
    if (options->profile != NULL &&
        (strpbrk(options->profile, "\"\\") != NULL || strlen(options->profile) > PROFILE_BYTES_MAX))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "profile \"%s\": there is none of that name",
                        options->profile);
    if ((status = share_check("near liquidation and past it",
                              (uint64_t)options->near_ppm + options->past_ppm, err)) != LIQ_OK ||
        (status = share_check("with the first instrument", options->first_ppm, err)) != LIQ_OK ||
        (status = share_check("isolated", options->isolated_ppm, err)) != LIQ_OK ||
        (status = share_check("hedged", options->hedge_ppm, err)) != LIQ_OK ||
        (status = share_check("inverse", options->inverse_ppm, err)) != LIQ_OK)
        return status;
    if ((status = share_check("with orders", options->order_ppm, err)) != LIQ_OK ||
        (status = share_check("of portfolio margin", options->portfolio_ppm, err)) != LIQ_OK)
        return status;
    return extras_check(options, err);
}

static liq_status extras_check(const liq_generate_options *options, liq_error *err)
{
    const uint64_t both_sides = (uint64_t)options->instruments * 2;
    const uint64_t widest_max =
        both_sides < LIQ_GENERATE_WIDEST_MAX ? both_sides : LIQ_GENERATE_WIDEST_MAX;

    if (options->widest_positions % 2 != 0 || options->widest_positions > widest_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%u positions of the widest account: must be even and in 0 .. %llu, two of "
                        "each instrument",
                        options->widest_positions, (unsigned long long)widest_max);
    if (options->depth_levels > LIQ_GENERATE_DEPTH_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u levels of depth: must be in 0 .. %d",
                        options->depth_levels, LIQ_GENERATE_DEPTH_MAX);
    return LIQ_OK;
}

static liq_status share_check(const char *name, uint64_t ppm, liq_error *err)
{
    if (ppm <= LIQ_MILLION)
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a share %s of %llu ppm: must be in 0 .. %d ppm",
                    name, (unsigned long long)ppm, LIQ_MILLION);
}

/* The place is free: nothing, or a directory without an entry. */
static liq_status target_check(const char *directory, liq_error *err)
{
    struct stat facts;
    struct dirent *entry;
    uint32_t entries = 0;
    DIR *stream;

    if (directory[0] == '\0')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the name of the directory is empty");
    if (lstat(directory, &facts) != 0)
        return errno == ENOENT
                   ? LIQ_OK
                   : liq_fail(err, LIQ_IO, errno, "\"%s\": %s", directory, strerror(errno));
    if (!S_ISDIR(facts.st_mode))
        return liq_fail(err, LIQ_DUPLICATE, 0, "\"%s\" exists and is no directory", directory);
    if ((stream = opendir(directory)) == NULL)
        return liq_fail(err, LIQ_IO, errno, "\"%s\": %s", directory, strerror(errno));
    while ((entry = readdir(stream)) != NULL)
        entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(stream);
    if (entries == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_DUPLICATE, 0, "\"%s\" is not empty: a book is never overwritten",
                    directory);
}

/* A folder beside the target, so that a rename can make it the target. */
static liq_status folder_make(char *folder, const char *directory, liq_error *err)
{
    size_t bytes = strlen(directory);

    while (bytes > 1 && directory[bytes - 1] == '/')
        bytes--;
    for (uint32_t i = 0; i < FOLDER_TRIES; i++) {
        const int used = snprintf(folder, PATH_BYTES, "%.*s.partial-%ld-%u", (int)bytes, directory,
                                  (long)getpid(), i);

        if (bytes >= PATH_BYTES || used < 0 || used >= PATH_BYTES) {
            folder[0] = '\0';
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path is longer than %d bytes",
                            PATH_BYTES - 64);
        }
        if (mkdir(folder, 0777) == 0)
            return LIQ_OK;
        if (errno != EEXIST)
            break;
    }
    folder[0] = '\0';
    return liq_fail(err, errno == ENOENT ? LIQ_NOT_FOUND : LIQ_IO, errno,
                    "\"%s\": cannot be created: %s", directory, strerror(errno));
}

static void folder_drop(const char *folder)
{
    char path[PATH_BYTES + 32];

    if (folder[0] == '\0')
        return;
    for (size_t i = 0; i < sizeof file_names / sizeof file_names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, file_names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static liq_status book_write(liq_generate_plan *plan, const char *folder, liq_error *err)
{
    char scratch[PATH_BYTES + 32];
    liq_status status;

    (void)snprintf(scratch, sizeof scratch, "%s/tables.json", folder);
    if ((status = liq_generate_tables_load(&plan->venue.source, plan->options.tiers, scratch,
                                           err)) != LIQ_OK ||
        (status = liq_generate_venue_make(&plan->venue, &plan->options, err)) != LIQ_OK ||
        (status = liq_generate_venue_write(&plan->venue, &plan->options, folder,
                                           &plan->counts.bytes, err)) != LIQ_OK ||
        (status = liq_generate_plan_load(plan, folder, err)) != LIQ_OK)
        return status;
    liq_generate_cells_calibrate(plan);
    if ((status = files_open(plan, folder, err)) != LIQ_OK ||
        (status = accounts_write(plan, err)) != LIQ_OK)
        return status;
    return files_close(plan, err);
}

static liq_status files_open(liq_generate_plan *plan, const char *folder, liq_error *err)
{
    liq_generate_files *files = &plan->files;
    liq_status status;

    if ((status = liq_generate_file_open(&files->accounts, folder, "accounts.csv", err)) !=
            LIQ_OK ||
        (status = liq_generate_file_open(&files->balances, folder, "balances.csv", err)) !=
            LIQ_OK ||
        (status = liq_generate_file_open(&files->positions, folder, "positions.csv", err)) !=
            LIQ_OK)
        return status;
    liq_generate_file_string(&files->accounts, "account,mode\n");
    liq_generate_file_string(&files->balances, "account,asset,amount\n");
    liq_generate_file_string(
        &files->positions, "account,instrument,side,quantity,entry_price,margin,isolated_margin\n");
    if (plan->options.order_ppm > 0) {
        status = liq_generate_file_open(&files->orders, folder, "orders.csv", err);
        if (status != LIQ_OK)
            return status;
        liq_generate_file_string(&files->orders, "account,instrument,side,quantity,price\n");
    }
    if (plan->options.depth_levels == 0)
        return LIQ_OK;
    return liq_generate_file_open(&files->depth, folder, "depth.csv", err);
}

static liq_status accounts_write(liq_generate_plan *plan, liq_error *err)
{
    const liq_progress *progress = plan->options.progress;
    const uint32_t count = plan->options.accounts;

    for (uint32_t i = 0; i < count; i++) {
        if (i % REPORT_ACCOUNTS == 0 && progress != NULL &&
            !progress->report(progress->context, "accounts", i, count))
            return liq_fail(err, LIQ_INTERRUPTED, 0, "stopped after %u of %u accounts", i, count);
        if (plan->files.positions.native != 0 || plan->files.balances.native != 0)
            break; /* no use in going on: closing says why */
        liq_generate_account(plan, i);
    }
    if (plan->options.widest_positions > 0)
        liq_generate_widest(plan);
    if (plan->options.depth_levels > 0)
        liq_generate_depth(plan);
    return LIQ_OK;
}

static liq_status files_close(liq_generate_plan *plan, liq_error *err)
{
    liq_generate_files *files = &plan->files;
    uint64_t *bytes = &plan->counts.bytes;
    liq_status status;

    if ((status = liq_generate_file_close(&files->accounts, bytes, err)) != LIQ_OK ||
        (status = liq_generate_file_close(&files->balances, bytes, err)) != LIQ_OK ||
        (status = liq_generate_file_close(&files->positions, bytes, err)) != LIQ_OK)
        return status;
    if (files->orders.buffer != NULL &&
        (status = liq_generate_file_close(&files->orders, bytes, err)) != LIQ_OK)
        return status;
    return files->depth.buffer == NULL ? LIQ_OK
                                       : liq_generate_file_close(&files->depth, bytes, err);
}

static liq_status folder_rename(const char *folder, const char *directory, liq_error *err)
{
    if (rename(folder, directory) == 0)
        return LIQ_OK;
    if (errno == ENOTEMPTY || errno == EEXIST)
        return liq_fail(err, LIQ_DUPLICATE, errno,
                        "\"%s\" is not empty any more: a book is never overwritten", directory);
    return liq_fail(err, LIQ_IO, errno, "\"%s\": cannot be created: %s", directory,
                    strerror(errno));
}
