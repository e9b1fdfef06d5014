# shellcheck shell=bash
# A container engine that works on this machine, and a Debian to build upon.
# Sourced behind root.sh, not run.
#
#   engine_find      $engine is podman or docker; $base an image that it has
#
# CONTAINER_ENGINE names one of the two; without it the first that works is taken.
# Where none does, the script ends: skipped, and why.

engine=""
base=docker.io/library/debian:trixie-slim
engine_cache=$PWD/.cache/container

engine_find() {
    local candidate

    for candidate in ${CONTAINER_ENGINE:-podman docker}; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" info >/dev/null 2>&1; then
            engine=$candidate
            break
        fi
    done
    if [ -z "$engine" ]; then
        root_skip "there is no container engine that answers," \
            "neither podman nor docker"
    fi
    engine_find_base
    engine_try
}

# Does it run anything at all? In a container itself, podman may have to be
# content with the limits that it was given.
engine_try() {
    local why

    if why=$(engine_runs); then
        return
    fi
    if [ "$engine" = podman ]; then
        mkdir -p "$engine_cache"
        engine_configuration >"$engine_cache/containers.conf"
        export CONTAINERS_CONF=$engine_cache/containers.conf
        if why=$(engine_runs); then
            return
        fi
    fi
    root_skip "$engine cannot run containers here: ${why##*$'\n'}"
}

engine_runs() {
    timeout 60 "$engine" run --rm --network none "$base" true 2>&1
}

engine_configuration() {
    echo "[containers]"
    echo "default_ulimits = [\"nofile=$(engine_least 16384 -n)\"," \
        "\"nproc=$(engine_least 8192 -u)\"]"
    echo "[engine]"
    ! command -v runc >/dev/null || echo 'runtime = "runc"'
    echo 'cgroup_manager = "cgroupfs"'
    echo 'events_logger = "file"'
}

engine_least() { # a number, an option of ulimit: as a soft and a hard limit
    local most

    most=$(ulimit -H "$2")
    if [ "$most" = unlimited ] || [ "$most" -gt "$1" ]; then
        most=$1
    fi
    echo "$most:$most"
}

# Debian's image, or, where no registry is to be reached, one made here.
engine_find_base() {
    if "$engine" image inspect $base >/dev/null 2>&1 ||
        timeout 300 "$engine" pull --quiet $base >/dev/null 2>&1; then
        return
    fi
    engine_make_base
}

# It has the name of what it is made of: the release as the mirror has it today,
# and how we make it. So it is made again when Debian has changed.
engine_make_base() {
    local mirror release

    root_require
    mirror=$(root_mirror trixie)
    if [ -z "$mirror" ]; then
        root_skip "no registry answers, and apt has no source of Debian"
    fi
    release=$(mktemp)
    if ! timeout 60 /usr/lib/apt/apt-helper download-file \
        "${mirror%/}/dists/trixie/InRelease" "$release" >/dev/null 2>&1; then
        rm -f "$release"
        root_skip "neither a registry nor the mirror of apt answers"
    fi
    base=localhost/sluice-base:$({
        cat "$release"
        declare -f engine_bootstrap
    } | sha256sum | cut -c 1-16)
    rm -f "$release"
    if ! "$engine" image inspect "$base" >/dev/null 2>&1; then
        root_say "no registry answers: making a Debian 13 from $mirror"
        engine_bootstrap "$mirror" | "$engine" import - "$base" >/dev/null 2>&1
    fi
}

# As slim as Debian's own: no manuals, and of documents only the licences.
engine_bootstrap() { # mirror
    local proxy=""

    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    mmdebstrap --quiet --variant=minbase --skip=cleanup/reproducible \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --aptopt='Acquire::Languages "none"' \
        ${proxy:+"--aptopt=Acquire::http::Proxy \"$proxy\""} \
        trixie - "deb $1 trixie main"
}
