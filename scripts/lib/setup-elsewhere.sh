# shellcheck shell=bash
# shellcheck disable=SC2154 # what is wanted is the script's
# Other systems than Debian, for scripts/setup, which sources this.
#
#   check_foreign_system fedora-41   fails, and names packages, when something is missing

# Elsewhere nothing is installed: what is missing is named, and the packages.
check_foreign_system() {
    local missing="" tool module

    for tool in cc cmake ninja pkg-config; do
        command -v $tool >/dev/null || missing="$missing $tool"
    done
    for module in luajit libuv libllhttp zlib libbrotlienc libzstd nettle; do
        pkg-config --exists $module 2>/dev/null || missing="$missing $module"
    done
    if [ "$with_tests" = yes ]; then
        for tool in busted luacheck pytest wrk curl clang-format clang-tidy \
            shellcheck mandoc npm; do
            command -v $tool >/dev/null || missing="$missing $tool"
        done
        pkg-config --exists cmocka 2>/dev/null || missing="$missing cmocka"
    fi
    if [ "$with_valgrind" = yes ]; then
        command -v valgrind >/dev/null || missing="$missing valgrind"
    fi
    if [ "$with_containers" = yes ]; then
        for tool in git pytest; do
            command -v $tool >/dev/null || missing="$missing $tool"
        done
        command -v podman >/dev/null || command -v docker >/dev/null ||
            missing="$missing podman"
    fi
    if [ "$with_packages" = yes ]; then
        for tool in git dpkg-buildflags dpkg-shlibdeps; do
            command -v $tool >/dev/null || missing="$missing $tool"
        done
    fi
    if [ -n "$missing" ]; then
        echo "setup: missing on this system:$missing" >&2
        echo "setup: install these packages, then run scripts/setup again:" >&2
        foreign_packages "$1" >&2
        exit 1
    fi
}

foreign_packages() {
    local build="" test=""

    case "$1" in
    fedora*)
        build="gcc cmake ninja-build pkgconf luajit-devel libuv-devel llhttp-devel zlib-devel brotli-devel libzstd-devel nettle-devel lua5.1-luv-devel"
        test="luajit libcmocka-devel python3-pytest wrk curl clang clang-tools-extra ShellCheck mandoc npm chromium nginx"
        ;;
    arch*)
        build="gcc cmake ninja pkgconf luajit libuv llhttp zlib brotli zstd nettle libluv"
        test="cmocka luacheck python-pytest wrk curl clang shellcheck mandoc npm chromium nginx"
        ;;
    alpine*)
        build="gcc musl-dev cmake ninja pkgconf luajit-dev libuv-dev llhttp-dev zlib-dev brotli-dev zstd-dev nettle-dev libluv-dev"
        test="luajit cmocka-dev py3-pytest wrk curl clang clang-extra-tools shellcheck mandoc npm chromium nginx"
        ;;
    Darwin)
        build="cmake ninja pkgconf luajit libuv llhttp zlib brotli zstd nettle luv"
        test="cmocka luacheck pytest wrk curl llvm shellcheck mandoc node nginx"
        ;;
    ubuntu*)
        build="gcc libc6-dev cmake ninja-build pkgconf libluajit-5.1-dev libuv1-dev lua-luv-dev zlib1g-dev libbrotli-dev libzstd-dev nettle-dev libllhttp-dev (25.10 or newer)"
        test="luajit libcmocka-dev lua-busted lua-check python3-pytest wrk curl g++ clang clang-format clang-tidy shellcheck mandoc npm nginx"
        ;;
    *)
        build="a C compiler, CMake, Ninja, pkg-config, LuaJIT 2.1, libuv, llhttp 9, zlib, brotli, zstd, nettle, luv"
        test="cmocka, pytest, wrk, curl, clang-format, clang-tidy, shellcheck, mandoc, npm"
        ;;
    esac
    echo "  to build:  $build"
    echo "             and lua-cjson for Lua 5.1 as a static library (Debian, Ubuntu: lua-cjson-dev)"
    if [ "$with_tests" = yes ]; then
        echo "  to test:   $test"
        case "$1" in
        ubuntu*) ;;
        *) echo "             and, from LuaRocks where not packaged: busted, luacheck" ;;
        esac
    fi
}
