# usage: awk -v edges=FILE -f layers.awk LIST_OF_FILES GREPPED_INCLUDES
#
# Prints each include that goes the wrong way, and writes the include graph of
# our own files to the file `edges`, for a search for cycles.

BEGIN {
    # base < rules < policy < {book, device, dynamic, guard, wire} < scan < settle
    # < {cascade, feed, journal, outlet} < engine < app
    split("base 0 rules 1 policy 2 book 3 device 3 dynamic 3 guard 3 wire 3 scan 4 settle 5 " \
          "cascade 6 feed 6 journal 6 outlet 6 engine 7 app 8", words, " ")
    for (i = 1; i in words; i += 2)
        rank[words[i]] = words[i + 1]
    split("assert ctype errno fenv float inttypes iso646 limits locale math setjmp signal " \
          "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string " \
          "tgmath threads time uchar wchar wctype", words, " ")
    for (i in words)
        standard[words[i] ".h"] = 1
    # Parts of the operating system that need no library of somebody else.
    split("aio.h arpa/inet.h dirent.h dlfcn.h endian.h execinfo.h fcntl.h fnmatch.h ftw.h " \
          "getopt.h glob.h grp.h langinfo.h libgen.h net/if.h netdb.h netinet/in.h " \
          "netinet/tcp.h poll.h pthread.h pwd.h regex.h sched.h semaphore.h spawn.h " \
          "strings.h sysexits.h syslog.h termios.h ucontext.h unistd.h utime.h", words, " ")
    for (i in words)
        system_header[words[i]] = 1
}

function complain(text)
{
    print place ": " text
}

# Which room a file belongs to.
function room_of(path,    parts)
{
    split(path, parts, "/")
    if (parts[1] == "kernels")
        return "rules"
    if (parts[1] == "include")
        return "include"
    return parts[2]
}

function folder_of(path)
{
    sub(/\/[^\/]*$/, "", path)
    return path
}

# The file of ours that a quoted or <liqscan/...> include means, or "".
function resolve(from, name)
{
    if (name ~ /^liqscan\// && ("include/" name) in ours)
        return "include/" name
    if (("host/" name) in ours)
        return "host/" name
    if (("kernels/" name) in ours)
        return "kernels/" name
    if ((folder_of(from) "/" name) in ours)
        return folder_of(from) "/" name
    return ""
}

function check_ours(from, target,    low, high)
{
    low = room_of(target)
    high = room_of(from)
    print from, target >> edges
    if (high == "include" && low != "include")
        complain("a public header includes " target)
    if (high == "rules" && low != "rules")
        complain("a kernel includes " target ": kernels include kernels/*.h only")
    if (high == "include" || high == "rules" || low == "include")
        return
    if (low != high && target ~ /_internal\.h$/)
        complain(target " is internal to its room")
    if (!(low in rank) || !(high in rank))
        complain("host/" (low in rank ? high : low) " is no known room")
    else if ((high == "device" || high == "wire") && low != high && low != "base")
        complain(high " knows bytes only, and includes " target)
    else if (low != high && rank[low] >= rank[high])
        complain(high " includes " target ", " \
                 (rank[low] == rank[high] ? "beside" : "above") " it")
}

function check_foreign(from, name,    library, room)
{
    if (name in standard) {
        if (room_of(from) == "rules" && from != "kernels/liq_dialect.h")
            complain("only kernels/liq_dialect.h may include <" name ">")
        return
    }
    room = room_of(from)
    if (room == "include" || room == "rules") {
        complain((room == "rules" ? "a kernel" : "a public header") " includes <" name ">")
        return
    }
    if (name in system_header || name ~ /^sys\// || name ~ /^linux\//)
        return
    library = name
    sub(/\/.*/, "", library)
    if ((library in owner) && owner[library] != from)
        complain("<" name "> is included by " owner[library] " already: one file a library")
    owner[library] = from
    if (from ~ /\.h$/ && from !~ /_internal\.h$/)
        complain("<" name "> in a header: only a .c file or a *_internal.h of one room may")
}

FNR == NR {
    ours[$0] = 1
    if ($0 ~ /^host\//  && split($0, parts, "/") < 3) {
        place = $0
        complain("a source outside the rooms")
    }
    next
}

{
    from = $0
    sub(/:.*/, "", from)
    place = $0
    sub(/:[[:space:]]*#.*/, "", place)
    if (match($0, /"[^"]*"/) && $0 !~ /<[^>]*>/) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        target = resolve(from, name)
        if (target == "")
            complain("\"" name "\" is no file of this tree (a library's header goes in <>)")
        else
            check_ours(from, target)
    } else if (match($0, /<[^>]*>/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        target = name ~ /^liqscan\// ? resolve(from, name) : ""
        if (target != "")
            check_ours(from, target)
        else if (name ~ /^liqscan\//)
            complain("<" name "> does not exist")
        else
            check_foreign(from, name)
    } else {
        complain("an include that cannot be read")
    }
}

END {
    print "" >> edges
}
