<?php
// Requests over MQTT: `php by_mqtt.php send RECEIVER TEXT`, `php by_mqtt.php modems`. Needs php-mqtt/client.
declare(strict_types=1);

use PhpMqtt\Client\ConnectionSettings;
use PhpMqtt\Client\MqttClient;

require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/envelope.php';

$settings = new ConnectionSettings();
if (setting('BROKER_USER', '') !== '') {
    $settings = $settings
        ->setUsername(setting('BROKER_USER', ''))
        ->setPassword(setting('BROKER_PASSWORD', ''));
}
$client = new MqttClient(
    setting('BROKER_HOST', '127.0.0.1'),
    (int) setting('BROKER_PORT', '1883'),
    'example-' . bin2hex(random_bytes(6)),
);
$client->connect($settings, true);

// QoS 1, and never retained: the gateway ignores retained messages. Once the loop has ended the broker has the request
// (PUBACK), and keeps it for the gateway's session even while that is away.
$publish = function (string $body) use ($client): void {
    $client->publish(setting('TOPIC', 'sms'), $body, MqttClient::QOS_AT_LEAST_ONCE, false);
};

run(
    function (string $body) use ($client, $publish): void {
        $publish($body);
        $client->loop(true, true, 20);
        echo "the broker has it\n";
    },
    function (string $answers) use ($client, $publish): string {
        $answer = 'no answer';
        $client->subscribe($answers, function (string $topic, string $body) use ($client, &$answer): void {
            $answer = $body;
            $client->interrupt();
        }, MqttClient::QOS_AT_LEAST_ONCE);
        $publish(get_modem_list($answers));
        $client->loop(true, false, 20);
        return $answer;
    },
);
$client->disconnect();
