#!/bin/sh
# Requests over Redis: by_redis.sh send RECEIVER TEXT | by_redis.sh modems. Needs redis-cli.
# MODE=stream (default here) or pubsub, as the subscriber's `mode`.
set -eu
. "$(dirname "$0")/envelope.sh"
: "${BROKER_PORT:=6379}" "${BROKER_USER:=default}" "${BROKER_PASSWORD:=}" "${MODE:=stream}"
if [ -n "$BROKER_PASSWORD" ]; then
    export REDISCLI_AUTH="$BROKER_PASSWORD" # not an argument, which other users of the machine can read
    redis() { redis-cli -h "$BROKER_HOST" -p "$BROKER_PORT" --user "$BROKER_USER" "$@"; }
else
    redis() { redis-cli -h "$BROKER_HOST" -p "$BROKER_PORT" "$@"; }
fi

# A stream keeps the entry, also while the gateway is down, and the gateway acknowledges it once it is committed. The
# client bounds the stream. A channel keeps nothing: PUBLISH says how many listened at that moment.
publish() {
    case $MODE in
        stream) redis -e XADD "$TOPIC" MAXLEN '~' 100000 '*' body "$1" >/dev/null ;;
        *) [ "$(redis -e PUBLISH "$TOPIC" "$1")" != 0 ] || { echo "nobody listens: the request is lost" >&2; exit 1; } ;;
    esac
}

case "${1:-} $#" in
    "send 3")
        publish "$(send_sms "$2" "$3")"
        echo "Redis was told" ;;
    "modems 1")
        answers=$(own_topic)
        if [ "$MODE" = stream ]; then
            publish "$(get_modem_list "$answers")"
            redis XREAD COUNT 1 BLOCK 20000 STREAMS "$answers" 0 | tail -n 1
            redis DEL "$answers" >/dev/null
        else
            heard=$(mktemp)
            timeout 20 redis-cli -h "$BROKER_HOST" -p "$BROKER_PORT" ${BROKER_PASSWORD:+--user "$BROKER_USER"} \
                SUBSCRIBE "$answers" >"$heard" &
            listening=$!
            until grep -q subscribe "$heard"; do sleep 0.1; done
            publish "$(get_modem_list "$answers")"
            until grep -q '^{' "$heard" || ! kill -0 "$listening" 2>/dev/null; do sleep 0.1; done
            kill "$listening" 2>/dev/null || true
            grep '^{' "$heard"
            rm -f "$heard"
        fi ;;
    *) usage ;;
esac
