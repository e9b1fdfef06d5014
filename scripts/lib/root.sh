# shellcheck shell=bash
# Minimal root file systems of Debian, for scripts that try something on a
# machine that has nothing yet. Sourced, not run.
#
#   root_make bookworm         $root is one; it goes away when the script ends
#   root_run COMMAND...        run it in there, with its own mounts and processes
#   root_skip "no mirror"      end the script: this machine cannot do that
#
# A root lives in a mount and a process namespace of its own: when its first
# process ends, however it ends, what it mounted and started is gone too. The
# network is the machine's, because apt needs it: listen on 127.0.0.1 only.

root=""
root_name=${0##*/}
root_skip_code=77 # as automake and CTest have it
root_limit=900    # seconds for one command in the root

root_say() {
    echo "$root_name: $*"
}

root_skip() {
    root_say "skipped: $*" >&2
    exit $root_skip_code
}

root_make() { # the release
    local mirror log proxy=""

    root_require
    mirror=$(root_mirror "$1")
    if [ -z "$mirror" ]; then
        root_skip "apt on this machine has no source of Debian to take $1 from"
    fi
    trap root_remove EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    root=$(mktemp -d "${TMPDIR:-/tmp}/sluice-$1.XXXXXX")
    chmod 755 "$root" # apt drops its privileges
    log=$root.log
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if ! root_bounded 300 mmdebstrap --quiet --variant=minbase \
        ${proxy:+"--aptopt=Acquire::http::Proxy \"$proxy\""} \
        "$1" "$root" "deb $mirror $1 main" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        if ! root_reaches "$mirror"; then
            rm -f "$log"
            root_skip "the package mirror of this machine does not answer"
        fi
        rm -f "$log"
        root_say "mmdebstrap failed" >&2
        exit 1
    fi
    rm -f "$log"
    root_configure
}

# What every machine with a network has, and the authorities that this one
# trusts beyond Debian's.
root_configure() {
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
        mkdir -p "$root/usr/local/share/ca-certificates"
        cp /usr/local/share/ca-certificates/*.crt \
            "$root/usr/local/share/ca-certificates/"
    fi
}

root_require() {
    local tool

    if [ "$(id -u)" -ne 0 ]; then
        root_skip "making a root file system takes root"
    fi
    if ! command -v apt-get >/dev/null; then
        root_skip "this machine has no apt, so no mirror of Debian is known"
    fi
    for tool in unshare mount chroot; do
        command -v $tool >/dev/null || root_skip "there is no $tool here"
    done
    if ! unshare --mount --pid --fork mount -t tmpfs tmpfs /mnt 2>/dev/null; then
        root_skip "this machine lets nobody make namespaces and mounts"
    fi
    if ! command -v mmdebstrap >/dev/null; then
        root_say "installing mmdebstrap"
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-remove \
            --no-install-recommends -o DPkg::Lock::Timeout=300 \
            install mmdebstrap >/dev/null 2>&1 ||
            root_skip "mmdebstrap cannot be installed"
    fi
}

# Where this machine gets the release from, or else any release of Debian. apt
# knows what a source is called only once it has its lists.
root_mirror() { # the release
    local sources

    sources=$(root_sources)
    if [ -z "$sources" ]; then
        apt-get -q update >/dev/null 2>&1 || true
        sources=$(root_sources)
    fi
    {
        grep " $1\$" <<<"$sources"
        grep -E ' (bookworm|trixie|forky|sid)$' <<<"$sources"
    } | sed -n '1s| .*||p'
}

# Lines "URI codename"; the pockets of a release have other names.
root_sources() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' 2>/dev/null
}

root_reaches() { # a mirror
    local place=${1#*://}

    place=${place%%/*}
    case $1 in
    http://*) timeout 10 bash -c ": </dev/tcp/${place%:*}/80" 2>/dev/null ;;
    *) ! timeout 10 apt-get -q update 2>&1 | grep -q '^[EW]:' ;;
    esac
}

root_run() {
    # shellcheck disable=SC2016 # for the shell inside
    root_bounded "$root_limit" \
        unshare --mount --pid --ipc --uts --fork --kill-child bash -c '
            set -e
            root=$1
            shift
            mount -t proc proc "$root/proc"
            mount --rbind --make-rslave /sys "$root/sys"
            mount --rbind --make-rslave /dev "$root/dev"
            mount -t tmpfs tmpfs "$root/dev/shm"
            mount -t tmpfs tmpfs "$root/run"
            exec chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
                DEBIAN_FRONTEND=noninteractive "$@"
        ' - "$root" "$@"
}

# In the background, because a shell acts on a signal only when it waits there.
root_bounded() { # seconds, command
    timeout --kill-after=10 "$@" </dev/null &
    wait $!
}

# What still runs in there ends with the unshare above it, which stands below a
# shell and timeout.
root_remove() {
    local job

    for job in $(jobs -p); do
        kill -KILL "$(root_child "$(root_child "$job")")" || true
        wait "$job" || true
    done 2>/dev/null
    if [ -n "$root" ]; then
        rm -rf --one-file-system "$root" "$root.log"
        root=""
    fi
}

root_child() { # of a process
    local children=()

    read -ra children <"/proc/$1/task/$1/children" || true
    echo "${children[0]-}"
} 2>/dev/null
