# The requests the examples make; to be sourced. The id names the request: the same one sent again within 15 minutes is
# the same SMS. The texts here must need no escaping in JSON: no quotes, no backslashes, one line.
: "${BROKER_HOST:=127.0.0.1}" "${TOPIC:=sms}"

new_id() { od -An -N8 -tx1 /dev/urandom | tr -d ' \n'; }

# send_sms RECEIVER TEXT: an SMS that is of no more use in 60 seconds; it never goes out later.
send_sms() {
    now=$(date +%s)
    printf '{"command": "send-sms", "data": {"id": "%s", "date_time": %s, "expiration": %s, "receiver": "%s", "message": "%s"}}' \
        "$(new_id)" "$now" "$((now + 60))" "$1" "$2"
}

# get_modem_list TOPIC: answered on that topic. Half a second is time enough to begin to listen.
get_modem_list() {
    printf '{"command": "get-modem-list", "data": {"date_time": %s}, "callback_topic": "%s", "callback_delay": 500}' \
        "$(date +%s)" "$1"
}

# A topic for one answer: nobody else's answers come there.
own_topic() { printf 'answers-%s' "$(new_id)"; }

usage() {
    echo "usage: $0 send RECEIVER TEXT | modems" >&2
    exit 2
}
