// The margin scan of a book in SQL, by DuckDB with all cores, against liqscan: the same exact sums,
// and the same flagged accounts. Prints one row of the table of bench/run.sh.
//
// usage: node scan.mjs BOOK SHAPE FLAGGED SECONDS
//   FLAGGED  what bench_flagged wrote: its best times in ms (every account valued; every account
//            decided about), then the flagged accounts, one a line
//
// A book is compared when its contracts are linear, its tiers go by deduction and its accounts hold
// cross margin in one currency alone: what `liqscan generate` makes without options. Loading and
// everything that prices do not change is outside the measured time, as it is for liqscan.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const TIERS = 12; // of the widest table; others repeat their last one
const VALUE = 8; // a lot is worth counts of 10^-8, as balances are
const RATE = 6; // rates count 10^-6
const RUNS_MIN = 20;

const [book, shape, flaggedPath, seconds] = process.argv.slice(2);

function fail(text) {
  console.error(`duckdb: ${text}`);
  process.exit(1);
}

// A plain decimal as a count of 10^-decimals; nothing is rounded.
function units(text, decimals) {
  const [whole, fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > decimals) fail(`${text} has more than ${decimals} decimals`);
  return BigInt(whole + digits.padEnd(decimals, '0'));
}

function power(exponent) {
  return 10n ** BigInt(exponent);
}

// left x right, which counts 10^-decimals, as a count of 10^-VALUE
function product(left, right, decimals) {
  const divisor = power(decimals - VALUE);
  const wide = left * right;
  if (wide % divisor !== 0n) fail(`a lot is not worth a count of 10^-${VALUE}`);
  return wide / divisor;
}

function liquidateShare(venue) {
  const here = dirname(fileURLToPath(import.meta.url));
  const path = join(here, '../../host/policy/profiles', `${venue.profile}.json`);
  const profile = JSON.parse(readFileSync(path, 'utf8'));
  const level = /^>= ([0-9.]+)$/.exec(profile.levels.liquidate);
  if (profile.ratio !== 'maintenance/equity' || level === null || venue.policy !== undefined)
    fail(`profile ${venue.profile}: another rule of liquidation than this comparison knows`);
  return units(level[1], RATE);
}

function instrumentsOf(venue, marks) {
  if (venue.assets.length !== 1) fail('more than one asset');
  return venue.instruments.map((instrument, id) => {
    if (instrument.kind !== 'linear' || instrument.tier_form !== 'deduction')
      fail(`${instrument.symbol}: not linear with tiers by deduction`);
    const lot = units(instrument.lot, 12) * units(instrument.multiplier, 12); // 10^-24
    const floors = [];
    const rates = [];
    const deductions = [];
    instrument.tiers.forEach((tier, i) => {
      floors.push(units(tier.floor, VALUE));
      rates.push(units(tier.mmr, RATE));
      const step = i === 0 ? 0n : floors[i] * (rates[i] - rates[i - 1]);
      deductions.push(i === 0 ? 0n : deductions[i - 1] + step);
    });
    if (floors.length > TIERS) fail(`${instrument.symbol}: more than ${TIERS} tiers`);
    while (floors.length < TIERS) {
      floors.push(power(26)); // never reached
      rates.push(rates[rates.length - 1]);
      deductions.push(deductions[deductions.length - 1]);
    }
    const price = units(marks.get(instrument.symbol), 12);
    return { id, symbol: instrument.symbol, lot: units(instrument.lot, 12), worth: lot, floors, rates,
             deductions, mark: product(price, lot, 36) };
  });
}

function marksOf() {
  const lines = readFileSync(join(book, 'marks.csv'), 'utf8').trim().split('\n').slice(1);
  return new Map(lines.map((line) => line.split(',')));
}

async function venueLoad(connection, instruments) {
  const marked = instruments.map((row) => `(${row.id}, '${row.symbol}', ${row.lot}, ${row.worth})`);
  await connection.run(`CREATE TABLE instruments (id SMALLINT, symbol VARCHAR, lot HUGEINT,
    worth HUGEINT)`);
  await connection.run(`INSERT INTO instruments VALUES ${marked.join(', ')}`);
  await connection.run('CREATE TABLE marks (id SMALLINT, mark BIGINT)');
  await connection.run(`INSERT INTO marks VALUES
    ${instruments.map((row) => `(${row.id}, ${row.mark})`).join(', ')}`);
  await connection.run(`CREATE TABLE tiers (id SMALLINT, tier SMALLINT, floor HUGEINT, rate BIGINT,
    deduction HUGEINT)`);
  for (const row of instruments)
    await connection.run(`INSERT INTO tiers VALUES ${row.floors.map((floor, i) =>
      `(${row.id}, ${i}, ${floor}, ${row.rates[i]}, ${row.deductions[i]})`).join(', ')}`);
}

async function accountsLoad(connection) {
  await connection.run(`CREATE TABLE accounts AS
    SELECT (row_number() OVER (ORDER BY a.account))::INTEGER AS id, a.account AS name,
           coalesce((b.amount * 100000000)::BIGINT, 0) AS balance
    FROM ${csv('accounts.csv', "{account: 'VARCHAR', mode: 'VARCHAR'}")} a
    LEFT JOIN ${csv('balances.csv', `{account: 'VARCHAR', asset: 'VARCHAR',
                                      amount: 'DECIMAL(26,8)'}`)} b ON a.account = b.account
    ORDER BY id`);
  await connection.run(`CREATE TABLE read AS
    SELECT a.id AS account, i.id AS instrument, i.lot, i.worth, p.side, p.margin,
           (p.quantity * 1000000000000)::HUGEINT AS quantity,
           (p.entry_price * 1000000000000)::HUGEINT AS price
    FROM ${csv('positions.csv', `{account: 'VARCHAR', instrument: 'VARCHAR', side: 'VARCHAR',
               quantity: 'DECIMAL(26,12)', entry_price: 'DECIMAL(26,12)', margin: 'VARCHAR',
               isolated_margin: 'VARCHAR'}`)} p
    JOIN accounts a ON a.name = p.account JOIN instruments i ON i.symbol = p.instrument`);
  const bad = await rows(connection, `SELECT count(*) FROM read
    WHERE margin <> 'cross' OR quantity % lot <> 0 OR price * worth % ${power(36 - VALUE)} <> 0`);
  if (bad[0][0] !== 0n)
    fail('positions that are isolated, no whole number of lots, or no count of 10^-8');
  await connection.run(`CREATE TABLE positions AS
    SELECT account, instrument, (quantity // lot * if(side = 'long', 1, -1))::BIGINT AS lots,
           (price * worth // ${power(36 - VALUE)})::BIGINT AS entry
    FROM read ORDER BY account, instrument`);
  await connection.run('DROP TABLE read');
}

function csv(file, types) {
  return `read_csv('${join(book, file)}', header = true, columns = ${types})`;
}

async function rows
(connection, sql) {
  return (await connection.runAndReadAll(sql)).getRows();
}

// Exact: products are 64-bit integers where they fit, and 128-bit ones where not. Tiers become lots
// at the present marks, once for each instrument; equity and maintenance margin are rounded once
// for each account, the margin up, and then compared. Of the ways tried this is the fastest.
function scanSql(share) {
  const higher = [...Array(TIERS).keys()].slice(1);
  const bounds = higher.map((i) => `max(lots) FILTER (tier = ${i}) AS l${i}`);
  const tier = higher.reverse().map((i) => `WHEN abs(p.lots) >= b.l${i} THEN ${i}`);
  return `WITH tiered AS MATERIALIZED (
      SELECT t.id, (t.id * 16 + t.tier)::INTEGER AS key, t.tier, m.mark, t.rate, t.deduction,
             least((t.floor + m.mark - 1) // m.mark, 9223372036854775807)::BIGINT AS lots
      FROM tiers t JOIN marks m ON m.id = t.id),
    bounds AS MATERIALIZED (SELECT id, ${bounds.join(', ')} FROM tiered GROUP BY id),
    placed AS (
      SELECT p.account, p.lots, p.entry,
             (p.instrument * 16 + CASE ${tier.join(' ')} ELSE 0 END)::INTEGER AS key
      FROM positions p JOIN bounds b ON b.id = p.instrument),
    sums AS (
      SELECT account, sum(p.lots * (t.mark - p.entry)) AS pnl,
             sum((abs(p.lots) * t.mark)::HUGEINT * t.rate - t.deduction) AS margin
      FROM placed p JOIN tiered t ON t.key = p.key GROUP BY account),
    valued AS (
      SELECT a.name, a.balance + s.pnl AS equity,
             (s.margin + ${power(RATE)} - 1) // ${power(RATE)} AS maintenance
      FROM sums s JOIN accounts a ON a.id = s.account)
    SELECT name FROM valued
    WHERE equity <= 0 OR equity * ${share} <= maintenance * ${power(RATE)}`;
}

async function measure
(connection, sql) {
  const times = [];
  let flagged = await rows(connection, sql); // warm
  const end = performance.now() + 1000 * Number(seconds);
  while (times.length < RUNS_MIN || performance.now() < end) {
    const start = performance.now();
    flagged = await rows(connection, sql);
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  return { times, flagged: flagged.map((row) => row[0]).sort() };
}

function expectedRead() {
  const [best, ...accounts] = readFileSync(flaggedPath, 'utf8').trimEnd().split('\n');
  const [scan, tick] = best.split(' ').map(Number);
  return { scan, tick, accounts: accounts.sort() };
}

function compare(flagged, expected) {
  if (expected.join('\n') !== flagged.join('\n'))
    fail(`flags ${flagged.length} accounts, and liqscan ${expected.length}, or others`);
}

const expected = expectedRead();
const venue = JSON.parse(readFileSync(join(book, 'venue.json'), 'utf8'));
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await venueLoad(connection, instrumentsOf(venue, marksOf()));
await accountsLoad(connection);
const { times, flagged } = await measure(connection, scanSql(liquidateShare(venue)));
compare(flagged, expected.accounts);
const version = (await rows(connection, 'SELECT version()'))[0][0];
const threads = (await rows(connection, "SELECT current_setting('threads')"))[0][0];
const faster = (ms) => (times[0] / ms).toFixed(1);
const p99 = times[Math.ceil(times.length * 0.99) - 1];
const hash = createHash('sha256').update(flagged.join('\n')).digest('hex').slice(0, 12);
console.log(`| duckdb | ${shape} | DuckDB ${version}, ${threads} threads, the same scan in SQL: ` +
  `${flagged.length} flagged, the same accounts; liqscan is ${faster(expected.tick)} times as fast ` +
  `when it decides about every account, ${faster(expected.scan)} times when it values every one | ${times.length} | ` +
  `${times[0].toFixed(3)} | ${times[times.length >> 1].toFixed(3)} | ${p99.toFixed(3)} | | | | ${hash} |`);
connection.closeSync();
