<?php
// The requests the examples make. The id names the request: the same one sent again within 15 minutes is the same SMS.
declare(strict_types=1);

/** An SMS that is of no more use in $life seconds; it never goes out later. */
function send_sms(string $receiver, string $text, int $life = 60): string
{
    $now = time();
    return json_encode(['command' => 'send-sms', 'data' => [
        'id' => bin2hex(random_bytes(16)),
        'date_time' => $now,
        'expiration' => $now + $life,
        'receiver' => $receiver,
        'message' => $text,
    ]], JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
}

/** Answered on the callback topic, after so many milliseconds. */
function get_modem_list(string $callbackTopic, int $delay = 10): string
{
    return json_encode([
        'command' => 'get-modem-list',
        'data' => ['date_time' => time()],
        'callback_topic' => $callbackTopic,
        'callback_delay' => $delay,
    ], JSON_THROW_ON_ERROR);
}

/** A topic for one answer: nobody else's answers come there. */
function own_topic(): string
{
    return 'answers-' . bin2hex(random_bytes(6));
}

function setting(string $name, string $default): string
{
    $value = getenv($name);
    return $value === false || $value === '' ? $default : $value;
}

/** `send RECEIVER TEXT` or `modems`. */
function run(callable $send, callable $modems): void
{
    global $argv;
    $what = $argv[1] ?? '';
    if ($what === 'send' && isset($argv[3])) {
        $send(send_sms($argv[2], $argv[3]));
    } elseif ($what === 'modems') {
        echo $modems(own_topic()), "\n";
    } else {
        fwrite(STDERR, "usage: send RECEIVER TEXT | modems\n");
        exit(2);
    }
}
