#!/bin/sh
# Requests over MQTT: by_mqtt.sh send RECEIVER TEXT | by_mqtt.sh modems. Needs mosquitto-clients.
set -eu
. "$(dirname "$0")/envelope.sh"
: "${BROKER_PORT:=1883}" "${BROKER_USER:=}" "${BROKER_PASSWORD:=}"

# A password given as an argument can be read by other users of the machine: mosquitto's tools take it from a file too,
# ~/.config/mosquitto_pub and ~/.config/mosquitto_sub with lines such as `-P secret`.
signed() {
    tool=$1
    shift
    "$tool" -h "$BROKER_HOST" -p "$BROKER_PORT" ${BROKER_USER:+-u "$BROKER_USER" -P "$BROKER_PASSWORD"} "$@"
}

# QoS 1, and without -r: the gateway ignores retained messages. When mosquitto_pub ends with 0 the broker has the
# request, and keeps it for the gateway's session even while that is away.
publish() { signed mosquitto_pub -q 1 -t "$TOPIC" -m "$1"; }

case "${1:-} $#" in
    "send 3")
        publish "$(send_sms "$2" "$3")"
        echo "the broker has it" ;;
    "modems 1")
        answers=$(own_topic)
        # A session that outlives its client: what comes before we listen waits in it.
        signed mosquitto_sub -E -c -i "$answers" -q 1 -t "$answers"
        publish "$(get_modem_list "$answers")"
        signed mosquitto_sub -c -i "$answers" -q 1 -t "$answers" -C 1 -W 20
        signed mosquitto_sub -E -i "$answers" -t "$answers" ;; # a clean session ends the old one
    *) usage ;;
esac
