<?php
// Requests over RabbitMQ: `php by_rabbitmq.php send RECEIVER TEXT`, `php by_rabbitmq.php modems`. Needs php-amqplib.
declare(strict_types=1);

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;

require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/envelope.php';

$connection = new AMQPStreamConnection(
    setting('BROKER_HOST', '127.0.0.1'),
    (int) setting('BROKER_PORT', '5672'),
    setting('BROKER_USER', 'guest'),
    setting('BROKER_PASSWORD', 'guest'),
);
$channel = $connection->channel();
$channel->confirm_select();

// Persistent, mandatory and confirmed: then RabbitMQ has the request on its disk (if the queue is a durable one). The
// gateway gets it even if it is down now, and RabbitMQ keeps it until it is committed there.
function publish(AMQPChannel $channel, string $body): void
{
    $channel->set_return_listener(function (int $code, string $why): void {
        throw new RuntimeException("the queue is not there ($code $why)");
    });
    $message = new AMQPMessage($body, [
        'content_type' => 'application/json',
        'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT,
        'message_id' => bin2hex(random_bytes(16)),
    ]);
    $channel->basic_publish($message, '', setting('TOPIC', 'sms'), true);
    $channel->wait_for_pending_acks_returns(10);
}

run(
    function (string $body) use ($channel): void {
        publish($channel, $body);
        echo "RabbitMQ has it\n";
    },
    function (string $answers) use ($channel): string {
        // Not exclusive: the gateway must be able to see the queue. It goes when we do.
        $channel->queue_declare($answers, false, false, false, true);
        $answer = null;
        $channel->basic_consume($answers, '', false, true, false, false, function (AMQPMessage $message) use (&$answer) {
            $answer = $message->getBody();
        });
        publish($channel, get_modem_list($answers));
        while ($answer === null) {
            $channel->wait(null, false, 20);
        }
        return $answer;
    },
);
$connection->close();
