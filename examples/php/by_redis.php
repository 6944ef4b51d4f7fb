<?php
// Requests over Redis: `php by_redis.php send RECEIVER TEXT`, `php by_redis.php modems`. Needs the extension redis.
// MODE=stream (default here) or pubsub, as the subscriber's `mode`.
declare(strict_types=1);

require __DIR__ . '/envelope.php';

const SECONDS = 20;

function connected(): Redis
{
    $redis = new Redis();
    $redis->connect(setting('BROKER_HOST', '127.0.0.1'), (int) setting('BROKER_PORT', '6379'), 10);
    if (setting('BROKER_PASSWORD', '') !== '') {
        $redis->auth([setting('BROKER_USER', 'default'), setting('BROKER_PASSWORD', '')]);
    }
    $redis->setOption(Redis::OPT_READ_TIMEOUT, SECONDS + 5);
    return $redis;
}

$stream = setting('MODE', 'stream') === 'stream';
$topic = setting('TOPIC', 'sms');

// A stream keeps the entry, also while the gateway is down, and the gateway acknowledges it once it is committed. The
// client bounds the stream. A channel keeps nothing: the number says who listened at that moment.
$publish = function (string $body) use ($stream, $topic): void {
    if ($stream) {
        connected()->xAdd($topic, '*', ['body' => $body], 100000, true);
    } elseif (connected()->publish($topic, $body) === 0) {
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
        $redis = connected();
        if ($stream) {
            $publish(get_modem_list($answers));
            $came = $redis->xRead([$answers => '0'], 1, SECONDS * 1000);
            $redis->del($answers);
            return $came ? reset($came[$answers])['body'] : 'no answer';
        }
        // The extension does not say when it listens: half a second is time enough. It listens until the script ends.
        $publish(get_modem_list($answers, 500));
        $redis->subscribe([$answers], function (Redis $redis, string $channel, string $body): void {
            echo $body, "\n";
            exit(0);
        });
        return 'no answer';
    },
);
