# shellcheck shell=bash
# shellcheck disable=SC2154 # what is wanted is the script's
# Debian's packages for scripts/setup, which sources this.
#
#   setup_debian libluajit-5.1-dev luajit   install what is missing of all of them

setup_debian() { # LuaJIT's library and command
    local packages missing

    # gcc optimises the parts of a program side by side only where make is.
    packages="gcc libc6-dev make cmake ninja-build pkgconf"
    packages="$packages $1 libuv1-dev libllhttp-dev lua-cjson-dev lua-luv-dev"
    packages="$packages zlib1g-dev libbrotli-dev libzstd-dev nettle-dev"
    if [ "$with_tests" = yes ]; then
        packages="$packages $2 libcmocka-dev lua-busted lua-check lua-cjson"
        packages="$packages python3 python3-pytest python3-brotli python3-zstandard"
        packages="$packages curl wrk git ca-certificates"
        packages="$packages g++ clang clang-format clang-tidy shellcheck mandoc"
        packages="$packages chromium nginx haproxy libedit2"
        mask_services nginx haproxy
        # Node.js often comes from elsewhere; Debian's would then conflict.
        command -v npm >/dev/null || packages="$packages npm"
    fi
    if [ "$with_packages" = yes ]; then
        packages="$packages git dpkg-dev lintian"
    fi
    if [ "$with_containers" = yes ]; then
        packages="$packages podman runc catatonit iptables mmdebstrap"
        packages="$packages git python3-pytest python3-yaml"
        if ! command -v kustomize >/dev/null; then
            pin_kustomize
            ! has_candidates kustomize || packages="$packages kustomize"
        fi
    fi
    if [ "$with_peers" = yes ]; then
        packages="$packages wrk strace python3 nginx libnginx-mod-http-lua"
        packages="$packages lua-cjson haproxy lighttpd lighttpd-modules-lua"
        command -v node >/dev/null || packages="$packages nodejs"
        ! has_candidates h2o || packages="$packages h2o" # not in Debian 13
        mask_services nginx haproxy lighttpd h2o
    fi
    if [ "$with_valgrind" = yes ]; then
        packages="$packages valgrind python3-pytest"
    fi
    # shellcheck disable=SC2086 # a list of names
    missing=$(missing_packages $packages)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        install_packages $missing
    fi
}

missing_packages() {
    local installed package

    # dpkg-query fails when it does not know one of them: that is an answer.
    installed=$(dpkg-query -Wf '${Package} ${db:Status-Status}\n' "$@" \
        2>/dev/null || true)
    for package in "$@"; do
        case $'\n'"$installed"$'\n' in
        *$'\n'"$package installed"$'\n'*) ;;
        *) echo "$package" ;;
        esac
    done
}

mask_services() { # What comes only for tests does not start by itself.
    if command -v systemctl >/dev/null; then
        missing_packages "$@" | as_root xargs -r systemctl mask
    fi
}

install_packages() {
    echo "setup: installing" "$@"
    refuse_other_luajit "$@"
    if has_candidates "$@" && apt_install "$@"; then
        return
    fi
    # The lists are empty, out of date, or lack llhttp.
    add_trixie
    as_root apt-get -q update
    apt_install "$@"
}

# On Debian 12 OpenResty's LuaJIT and the plain one exclude each other. What
# else needs the plain one is not ours to remove.
refuse_other_luajit() {
    local plain="libluajit-5.1-2 libluajit-5.1-dev luajit"

    case " $* " in
    *" libluajit2-5.1-dev "* | *" luajit2 "*) ;;
    *) return ;;
    esac
    # shellcheck disable=SC2086 # a list of names
    if [ "$(missing_packages $plain | tr '\n' ' ')" != "$plain " ]; then
        echo "setup: another LuaJIT is installed; remove it first, with" >&2
        echo "       apt-get remove $plain" >&2
        exit 1
    fi
}

apt_install() { # --no-remove: nothing of the machine's goes away
    as_root apt-get -q -y --no-remove --no-install-recommends \
        -o DPkg::Lock::Timeout=300 install "$@"
}

# Whether apt's lists offer all of these packages.
has_candidates() {
    local known

    known=$(LC_ALL=C apt-cache policy "$@" | grep -c '^  Candidate: [^(]' || true)
    [ "$known" -eq $# ]
}

# Debian 12 has no llhttp. Let apt see Debian 13, for llhttp and nothing else.
add_trixie() {
    local source=/etc/apt/sources.list.d/sluice-llhttp.sources
    local pin=/etc/apt/preferences.d/sluice-llhttp
    local mirror

    if [ "$(system_name)" != debian-12 ] || [ -e $source ] ||
        has_candidates libllhttp-dev; then
        return
    fi
    mirror=$(debian_mirror)
    as_root tee $pin >/dev/null <<END
Package: *
Pin: release n=trixie
Pin-Priority: -10

Package: libllhttp-dev libllhttp9.2
Pin: release n=trixie
Pin-Priority: 500
END
    as_root tee $source >/dev/null <<END
# llhttp for building Sluice; the pin beside it keeps everything else out.
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
}

# On Debian 12 kustomize, which needs libc alone, comes from Debian 13 as well.
pin_kustomize() {
    local pin=/etc/apt/preferences.d/sluice-kustomize

    if [ "$(system_name)" = debian-12 ] && [ ! -e $pin ]; then
        as_root tee $pin >/dev/null <<END
Package: kustomize
Pin: release n=trixie
Pin-Priority: 500
END
    fi
}

# The mirror that bookworm comes from, whichever way its source is written. apt
# knows what a source is called only once it has its lists.
debian_mirror() {
    local uri

    uri=$(bookworm_uri)
    if [ -z "$uri" ]; then
        as_root apt-get update >&2
        uri=$(bookworm_uri)
    fi
    if [ -z "$uri" ]; then
        echo "setup: apt has no source of bookworm; add one, then run this again" >&2
        return 1
    fi
    echo "$uri"
}

bookworm_uri() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
        'Created-By: Packages' 2>/dev/null |
        sed -n 's|/* bookworm$||p' | head -n 1
}
