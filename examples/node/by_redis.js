// Requests over Redis: `node by_redis.js send RECEIVER TEXT`, `node by_redis.js modems`.
// MODE=stream (default here) or pubsub, as the subscriber's `mode`.
import { createClient } from 'redis';
import { broker, getModemList, run } from './envelope.js';

const { host, port, user, password, topic } = broker(6379);
const stream = (process.env.MODE ?? 'stream') === 'stream';

const open = () => createClient({
  socket: { host, port }, username: user || undefined, password: password || undefined,
}).connect();

async function connected(use) {
  const client = await open();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

// A stream keeps the entry, also while the gateway is down, and the gateway acknowledges it once it is committed. The
// client bounds the stream. A channel keeps nothing: the number says who listened at that moment.
async function publish(client, body) {
  if (stream) {
    await client.sendCommand(['XADD', topic, 'MAXLEN', '~', '100000', '*', 'body', body]);
  } else if (await client.publish(topic, body) === 0) {
    throw new Error('nobody listens: the request is lost');
  }
}

await run(
  (body) => connected(async (client) => {
    await publish(client, body);
    console.log(stream ? 'Redis has it' : 'somebody has heard it');
  }),
  (answers) => connected(async (client) => {
    if (stream) {
      await publish(client, getModemList(answers));
      const came = await client.xRead({ key: answers, id: '0' }, { COUNT: 1, BLOCK: 20000 });
      await client.del(answers);
      if (!came) throw new Error('no answer');
      return came[0].messages[0].message.body;
    }
    const listener = await open();
    let heard;
    const answer = new Promise((came) => { heard = came; });
    await listener.subscribe(answers, heard);
    await publish(client, getModemList(answers));
    return answer.finally(() => listener.destroy());
  }),
);
