# Shared by the scripts in this folder; to be sourced from the project's root.
UV_VERSION=0.13.9
export UV_PROJECT_ENVIRONMENT=.venv UV_LINK_MODE=copy UV_NO_PROGRESS="${UV_NO_PROGRESS:-}"
[ -n "$UV_NO_PROGRESS" ] || unset UV_NO_PROGRESS

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Debian packages: as root or by password-less sudo; else the line to type, and exit 3.
need_packages() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    line="apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" = 0 ]; then run=""; elif sudo -n true 2>/dev/null; then run="sudo"; else
        echo "some Debian packages are missing; please run: sudo $line" >&2
        exit 3
    fi
    say "installing$missing"
    $run apt-get update -q >&2
    without_daemons $run env DEBIAN_FRONTEND=noninteractive $line >&2
}

# A package must not start its daemon here: smstools brings one that would open a serial port. Debian's own switch says
# so while the command runs: policy-rc.d, asked by invoke-rc.d and deb-systemd-invoke. One that is there already stays.
without_daemons() (
    switch=/usr/sbin/policy-rc.d
    if [ ! -e "$switch" ]; then
        trap '$run rm -f "$switch"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' | $run tee "$switch" >/dev/null
        $run chmod 755 "$switch"
    fi
    "$@"
)

need_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        command -v apt-get >/dev/null || { echo "python3 (3.11 or newer) is needed" >&2; exit 3; }
        need_packages python3
    }
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
}

# The path of a working interpreter of the version given (3.13), or nothing.
find_python() {
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/"python$1" /opt/*/bin/"python$1"; do
        "$candidate" -c 'import venv' >/dev/null 2>&1 && { command -v "$candidate"; return 0; }
    done
    return 0
}
