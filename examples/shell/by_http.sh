#!/bin/sh
# Codes over HTTP: by_http.sh create RECEIVER REFERENCE | by_http.sh validate RECEIVER REFERENCE CODE. Needs curl.
set -eu
: "${GATEWAY:=http://127.0.0.1:8899}" "${GATEWAY_USER:=shop}" "${GATEWAY_PASSWORD:=}"
now=$(date +%s)

# A success means that what was asked for is on the gateway's disk. --retry sends the same body again after a 503 or a
# broken connection: its reference makes it the same message. The password goes in by a file, not by an argument that
# other users of the machine can read.
ask() {
    printf 'user = "%s:%s"\n' "$GATEWAY_USER" "$GATEWAY_PASSWORD" |
        curl --silent --show-error --fail-with-body --retry 3 --retry-connrefused -K - \
            -H 'Content-Type: application/json' -d "$1" "$GATEWAY/api/otp"
    echo
}

case "${1:-} $#" in
    "create 3")
        # The gateway makes the code and puts it in place of %s; nobody but the receiver learns it.
        ask '{"command": "create-otp", "data": {"date_time": '"$now"', "expiration": '"$((now + 120))"',
            "receiver": "'"$2"'", "message": "Your code is %s", "reference": "'"$3"'", "param1": "login"}}' ;;
    "validate 4")
        # A code is good for one use. 1202: wrong; 1203: its time is over; 1204: too many wrong ones.
        ask '{"command": "validate-otp", "data": {"date_time": '"$now"', "receiver": "'"$2"'", "otp": "'"$4"'",
            "reference": "'"$3"'", "param1": "login"}}' ;;
    *)
        echo "usage: $0 create RECEIVER REFERENCE | validate RECEIVER REFERENCE CODE" >&2
        exit 2 ;;
esac
