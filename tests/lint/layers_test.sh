#!/usr/bin/env bash
# scripts/lint-layers accepts what the layers allow and names what they do not.
set -euo pipefail
lint=$(cd "$(dirname "$0")/../.." && pwd)/scripts/lint-layers
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failures=0

# put <file> <line>...: a source file with these lines.
put() {
    local file=$root/$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >"$file"
}

# accepts <what> / refuses <what> <message>: what the check says of the files
# that were put since the last answer.
accepts() {
    if ! "$lint" "$root" >"$root/out" 2>&1; then
        fail "$1 is refused"
    fi
    rm -rf "${root:?}"/*
}

refuses() {
    if "$lint" "$root" >"$root/out" 2>&1; then
        fail "$1 is accepted"
    elif ! grep -qF "$2" "$root/out"; then
        fail "$1: no line says '$2'"
    fi
    rm -rf "${root:?}"/*
}

fail() {
    echo "not ok: $1"
    sed 's/^/    /' "$root/out"
    failures=$((failures + 1))
}

accepts "an empty tree"

put src/base/a.c '#include "base/a.h"' '#include <stdlib.h>'
put src/http/p.c '#include <llhttp.h>' '#include "base/a.h"'
put src/session/s.c '#include "pipeline/q.h"' '#include <sluice/chunk.h>'
put src/net/n.c '#include <uv.h>' '#include <sys/socket.h>' '#include "session/s.h"'
put src/script/v.c '#include <lua.h>' '#include "pipeline/q.h"'
put src/native/n.c '#include "session/s.h"'
put src/settings/s.c '#include "native/n.h"' '#include "net/n.h"' '#include "script/v.h"'
put src/worker/w.c '#include <uv.h>' '#include "net/n.h"' '#include "settings/s.h"'
put src/embed/e.c '#include <uv.h>' '#include "worker/w.h"'
put src/supervisor/s.c '#include <uv.h>' '#include "worker/w.h"'
put src/server/s.c '#include "supervisor/s.h"'
put src/server/w.c '#include <uv.h>' '#include "embed/e.h"' '#include "worker/w.h"'
put src/worker/luv.c '#include <uv.h>' '#include <lua.h>' '#include <luv/luv.h>'
put include/sluice/chunk.h '#include <stdint.h>' '#include <sluice/abi.h>'
put include/sluice/abi.h '#include <stddef.h>'
put include/sluice/sluice.h '#include <sluice/abi.h>' '#include <sluice/chunk.h>'
accepts "every include that the design allows"

put src/base/a.c '' '#include "http/p.h"'
refuses "looking up" "src/base/a.c:2: base must not see http"
put src/net/n.c '#include "script/v.h"'
refuses "net that sees script" "src/net/n.c:1: net must not see script"
put src/script/v.h '#  include "net/n.h"'
refuses "script that sees net" "src/script/v.h:1: script must not see net"
put src/worker/w.c '#include "server/m.h"'
refuses "a worker that sees the server" "src/worker/w.c:1: worker must not see server"
put src/native/n.c '#include "script/v.h"'
refuses "native that sees script" "src/native/n.c:1: native must not see script"
put src/embed/e.c '#include "server/m.h"'
refuses "embed that sees the server" "src/embed/e.c:1: embed must not see server"
put src/native/n.c '#include <threads.h>'
refuses "threads in native" "src/native/n.c:1: native does no I/O, has no threads"
put src/worker/w.c '#include "supervisor/s.h"'
refuses "a worker that sees its supervisor" "src/worker/w.c:1: worker must not see supervisor"
put src/session/s.c '#include <uv.h>'
refuses "libuv in session" "src/session/s.c:1: session must not see libuv"
put src/net/n.c '#include <llhttp.h>'
refuses "llhttp in net" "src/net/n.c:1: net must not see llhttp"
put src/server/w.c '#include <lua.h>'
refuses "Lua in server" "src/server/w.c:1: server must not see Lua"
put src/pipeline/q.c '#include <luajit-2.1/lauxlib.h>'
refuses "Lua in pipeline" "src/pipeline/q.c:1: pipeline must not see Lua"
put src/script/v.c '#include <luv/luv.h>'
refuses "luv in script" "src/script/v.c:1: script must not see luv"
put src/session/s.c '#include <sys/socket.h>'
refuses "sockets in session" "src/session/s.c:1: session does no I/O"
put src/http/p.c '#include "../base/a.h"'
refuses "a relative path" 'src/http/p.c:1: "../base/a.h" names no layer'
put src/http/p.c '#include "p.h"'
refuses "a bare name" 'src/http/p.c:1: "p.h" names no layer'
put src/util/u.c ''
refuses "a layer of one's own" "src/util/u.c:1: no layer is called util"
put include/sluice/a.h '#include <stdio.h>'
refuses "stdio in public" "include/sluice/a.h:1: a public header includes only"
put include/sluice/a.h '#include "base/a.h"'
refuses "a layer in public" "include/sluice/a.h:1: a public header includes only"
put include/sluice/a.h ''
put include/sluice/sluice.h ''
refuses "a forgotten header" "include/sluice/a.h:1: sluice/sluice.h does not"

if [ $failures -gt 0 ]; then
    exit 1
fi
echo "layers: all as expected"
