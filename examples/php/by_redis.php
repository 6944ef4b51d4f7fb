<?php
// Requests over Redis: `php by_redis.php send RECEIVER TEXT`, `php by_redis.php modems`. Needs predis.
// MODE=stream (default here) or pubsub, as the subscriber's `mode`.
declare(strict_types=1);

require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/envelope.php';

const SECONDS = 20;

function client(): Predis\Client
{
    return new Predis\Client(array_filter([
        'host' => setting('BROKER_HOST', '127.0.0.1'),
        'port' => (int) setting('BROKER_PORT', '6379'),
        'username' => setting('BROKER_USER', ''),
        'password' => setting('BROKER_PASSWORD', ''),
        'read_write_timeout' => SECONDS + 5,
    ]));
}

$stream = setting('MODE', 'stream') === 'stream';
$topic = setting('TOPIC', 'sms');

// A stream keeps the entry, also while the gateway is down, and the gateway acknowledges it once it is committed. The
// client bounds the stream. A channel keeps nothing: the number says who listened at that moment.
$publish = function (string $body) use ($stream, $topic): void {
    if ($stream) {
        client()->executeRaw(['XADD', $topic, 'MAXLEN', '~', '100000', '*', 'body', $body]);
    } elseif (client()->publish($topic, $body) === 0) {
        fwrite(STDERR, "nobody listens: the request is lost\n");
        exit(1);
    }
};

run(
    function (string $body) use ($publish, $stream): void {
        $publish($body);
        echo $stream ? "Redis has it\n" : "somebody has heard it\n";
    },
    function (string $answers) use ($publish, $stream): string {
        if ($stream) {
            $publish(get_modem_list($answers));
            $wait = (string) (SECONDS * 1000);
            $came = client()->executeRaw(['XREAD', 'COUNT', '1', 'BLOCK', $wait, 'STREAMS', $answers, '0']);
            client()->del($answers);
            return $came[0][1][0][1][1] ?? 'no answer';
        }
        $listening = client()->pubSubLoop();
        $listening->subscribe($answers);
        foreach ($listening as $message) {
            if ($message->kind === 'subscribe') {
                $publish(get_modem_list($answers));
            } elseif ($message->kind === 'message') {
                return $message->payload;
            }
        }
        return 'no answer';
    },
);
