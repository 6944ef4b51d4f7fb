// Requests over RabbitMQ: `node by_rabbitmq.js send RECEIVER TEXT`, `node by_rabbitmq.js modems`.
import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { broker, getModemList, run } from './envelope.js';

const { host, port, user, password, topic } = broker(5672);

async function connected(use) {
  const connection = await amqp.connect({
    hostname: host, port, username: user || 'guest', password: password || 'guest',
  });
  try {
    return await use(await connection.createConfirmChannel());
  } finally {
    await connection.close();
  }
}

// Persistent and confirmed: then RabbitMQ has the request on its disk (if the queue is a durable one). The gateway gets
// it even if it is down now, and RabbitMQ keeps it until it is committed there. A message for a queue that is not there
// comes back ('return').
async function publish(channel, body) {
  let returned = false;
  channel.on('return', () => { returned = true; });
  channel.publish('', topic, Buffer.from(body), {
    persistent: true, mandatory: true, contentType: 'application/json', messageId: randomUUID(),
  });
  await channel.waitForConfirms();
  if (returned) throw new Error(`there is no queue ${topic}`);
}

await run(
  (body) => connected(async (channel) => {
    await publish(channel, body);
    console.log('RabbitMQ has it');
  }),
  (answers) => connected(async (channel) => {
    // Not exclusive: the gateway must be able to see the queue. It goes when we do.
    await channel.assertQueue(answers, { durable: false, autoDelete: true });
    const answer = new Promise((came) => {
      channel.consume(answers, (message) => came(message.content), { noAck: true });
    });
    await publish(channel, getModemList(answers));
    return answer;
  }),
);
