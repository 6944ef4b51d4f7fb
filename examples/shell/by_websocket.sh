#!/bin/sh
# Requests over a WSMessageBroker: by_websocket.sh send RECEIVER TEXT | by_websocket.sh modems. Needs websocat.
set -eu
. "$(dirname "$0")/envelope.sh"
: "${BROKER_PORT:=9000}" "${BROKER_USER:=}" "${BROKER_PASSWORD:=}" "${BROKER_PATH:=/}"
basic=$(printf '%s:%s' "$BROKER_USER" "$BROKER_PASSWORD" | base64 -w 0)
at() {
    topic=$1
    shift
    websocat -H "Authorization: Basic $basic" "$@" "ws://$BROKER_HOST:$BROKER_PORT$BROKER_PATH?topic=$topic"
}

# One line is one text message. Nothing is certain: such a broker passes it on to who is connected at this moment and
# keeps nothing.
publish() { printf '%s\n' "$1" | at "$TOPIC"; }

case "${1:-} $#" in
    "send 3")
        publish "$(send_sms "$2" "$3")"
        echo "the broker was told" ;;
    "modems 1")
        answers=$(own_topic)
        heard=$(mktemp)
        timeout 20 websocat -1 -U -H "Authorization: Basic $basic" \
            "ws://$BROKER_HOST:$BROKER_PORT$BROKER_PATH?topic=$answers" >"$heard" &
        sleep 1 # websocat does not say when it is connected
        publish "$(get_modem_list "$answers")"
        wait
        cat "$heard"
        rm -f "$heard" ;;
    *) usage ;;
esac
