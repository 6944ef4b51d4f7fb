#!/bin/sh
# Requests over RabbitMQ: by_rabbitmq.sh send RECEIVER TEXT | by_rabbitmq.sh modems. Needs amqp-tools.
set -eu
. "$(dirname "$0")/envelope.sh"
: "${BROKER_PORT:=5672}" "${BROKER_USER:=guest}" "${BROKER_PASSWORD:=guest}"
at() { command=$1; shift; "$command" --server="$BROKER_HOST" --port="$BROKER_PORT" --username="$BROKER_USER" --password="$BROKER_PASSWORD" "$@"; }

# Persistent (-p), to the default exchange. amqp-publish waits for no confirm, and a message for a queue that is not
# there is dropped without a word: look with `rabbitmqadmin list queues`, or take another language where it matters. The
# same by the management plugin: rabbitmqadmin publish exchange=amq.default routing_key=sms payload='{"command": ...}'
publish() { at amqp-publish -p -C application/json -r "$TOPIC" -b "$1"; }

case "${1:-} $#" in
    "send 3")
        publish "$(send_sms "$2" "$3")"
        echo "RabbitMQ was told" ;;
    "modems 1")
        answers=$(own_topic)
        at amqp-declare-queue -d -q "$answers" >/dev/null
        publish "$(get_modem_list "$answers")"
        timeout 20 sh -c 'until amqp-get --server="$1" --port="$2" --username="$3" --password="$4" -q "$5"; do sleep 0.2; done' \
            - "$BROKER_HOST" "$BROKER_PORT" "$BROKER_USER" "$BROKER_PASSWORD" "$answers"
        echo
        at amqp-delete-queue -q "$answers" >/dev/null ;;
    *) usage ;;
esac
