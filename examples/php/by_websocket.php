<?php
// Requests over a WSMessageBroker: `php by_websocket.php send RECEIVER TEXT`, `php by_websocket.php modems`.
// Needs phrity/websocket.
declare(strict_types=1);

use WebSocket\Client;

require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/envelope.php';

// A connection is for one topic: what is sent goes to all others of it.
function at(string $topic): Client
{
    $place = setting('BROKER_HOST', '127.0.0.1') . ':' . setting('BROKER_PORT', '9000');
    $client = new Client("ws://$place" . setting('BROKER_PATH', '/') . '?topic=' . rawurlencode($topic));
    $basic = base64_encode(setting('BROKER_USER', '') . ':' . setting('BROKER_PASSWORD', ''));
    return $client->setTimeout(20)->addHeader('Authorization', "Basic $basic");
}

// Nothing is certain: such a broker passes the request on to who is connected at this moment and keeps nothing.
run(
    function (string $body): void {
        $client = at(setting('TOPIC', 'sms'));
        $client->text($body);
        $client->close();
        echo "the broker was told\n";
    },
    function (string $answers): string {
        $listening = at($answers);
        $listening->connect();
        $client = at(setting('TOPIC', 'sms'));
        $client->text(get_modem_list($answers));
        $answer = $listening->receive()->getContent();
        $client->close();
        $listening->close();
        return $answer;
    },
);
