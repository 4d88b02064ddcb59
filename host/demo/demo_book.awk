# usage: awk -v book=FOLDER [-v accounts=20000] [-v seed=42] -f demo_book.awk FOLDER/venue.json
#
# Make a large random book for a venue.json that `liqscan import tiers` wrote:
# accounts.csv, balances.csv, positions.csv, orders.csv and marks.csv. The same
# seed gives the same bytes under every awk. Sizes and positions per account
# have heavy tails, as on real venues; about one account in fifty is given too
# little collateral, the others from a little to a lot more than they need.

BEGIN {
    FS = "\""
    if (accounts == 0)
        accounts = 20000
    if (seed == 0)
        seed = 42
    state = seed * 7919 % 2147483646 + 1
    pi = atan2(0, -1)
    price["BTC"] = 62150.4
    price["ETH"] = 2438.62
    price["USDT"] = 1
    price["USDC"] = 0.9998
}

# Lehmer's generator: every product is exact in a double.
function uniform()
{
    state = state * 16807 % 2147483647
    return state / 2147483647
}

function normal()
{
    return sqrt(-2 * log(uniform())) * cos(2 * pi * uniform())
}

function at_least(value, floor)
{
    return value < floor ? floor : value
}

/"symbol"/ {
    symbol[++instruments] = $4
    base[instruments] = $12
    settle[instruments] = $16
    tiers[instruments] = 0
    if (!(base[instruments] in price))
        price[base[instruments]] = exp(log(0.05) + uniform() * log(4000))
}

/"floor"/ {
    tier = ++tiers[instruments]
    floor_of[instruments, tier] = $4
    rate_of[instruments, tier] = $8
    deduction_of[instruments, tier] = $16
}

function maintenance(i, notional,    tier)
{
    for (tier = tiers[i]; tier > 1 && floor_of[i, tier] + 0 > notional; tier--)
        ;
    return notional * rate_of[i, tier] - deduction_of[i, tier]
}

function prices(    i)
{
    print "symbol,price" > (book "/marks.csv")
    for (i = 1; i <= instruments; i++) {
        mark[i] = sprintf("%.4f", price[base[i]] / price[settle[i]])
        print symbol[i] "," mark[i] > (book "/marks.csv")
    }
    print "BTC,62148.12\nUSDC,0.9998" > (book "/marks.csv")
}

function any_instrument(    dice)
{
    dice = uniform()
    if (dice < 0.3)
        return by_symbol["BTCUSDT"]
    if (dice < 0.45)
        return by_symbol["ETHUSDT"]
    return int(uniform() * instruments) + 1
}

# How much more than its requirement an account holds.
function cushion()
{
    return uniform() < 0.02 ? uniform() * 1.12 - 0.02 : 1.1 + exp(0.8 + 1.2 * normal())
}

# One position; adds to what the account needs (in USDT) and has gained.
function position(account,    i, side, quantity, entry, notional, pnl, needed, isolated, margin)
{
    i = any_instrument()
    side = uniform() < 0.52 ? "long" : "short"
    if ((account, i, side) in held)
        return
    held[account, i, side] = 1
    notional = 300 * exp(-log(uniform()) * 1.1) / price[settle[i]]
    if (notional > 20000000)
        notional = 20000000
    quantity = sprintf("%.3f", at_least(notional / mark[i], 0.001))
    entry = sprintf("%.4f", at_least(mark[i] * exp(0.03 * normal()), 0.0001))
    notional = quantity * mark[i]
    pnl = (side == "long" ? 1 : -1) * quantity * (mark[i] - entry)
    needed = maintenance(i, notional)
    isolated = uniform() < 0.1
    margin = isolated ? sprintf("%.2f", at_least(needed * cushion() - pnl, 0.01)) : ""
    print account "," symbol[i] "," side "," quantity "," entry "," \
        (isolated ? "isolated" : "cross") "," margin > (book "/positions.csv")
    if (uniform() < 0.05)
        print account "," symbol[i] "," (side == "long" ? "sell" : "buy") "," quantity "," \
            entry > (book "/orders.csv")
    if (!isolated) {
        account_needs += needed * price[settle[i]]
        account_gains += pnl * price[settle[i]]
    }
}

function account_write(name,    count, n)
{
    print name ",cross" > (book "/accounts.csv")
    account_needs = account_gains = 0
    count = at_least(int(exp(-log(uniform()) * 0.7)), 1)
    if (count > instruments)
        count = instruments
    for (n = 0; n < count; n++)
        position(name)
    if (uniform() < 0.1)
        printf "%s,BTC,%.4f\n", name, uniform() * account_needs / 62148 > (book "/balances.csv")
    printf "%s,USDT,%.2f\n", name, account_needs * cushion() - account_gains \
        > (book "/balances.csv")
}

END {
    for (n = 1; n <= instruments; n++)
        by_symbol[symbol[n]] = n
    prices()
    print "account,mode" > (book "/accounts.csv")
    print "account,asset,amount" > (book "/balances.csv")
    print "account,instrument,side,quantity,entry_price,margin,isolated_margin" \
        > (book "/positions.csv")
    print "account,instrument,side,quantity,price" > (book "/orders.csv")
    for (n = 1; n <= accounts; n++)
        account_write(sprintf("u%06d", n))
}
