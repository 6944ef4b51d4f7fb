// Requests over MQTT: `node by_mqtt.js send RECEIVER TEXT`, `node by_mqtt.js modems`.
import mqtt from 'mqtt';
import { broker, getModemList, run } from './envelope.js';

const { host, port, user, password, topic } = broker(1883);

async function connected(use) {
  const client = await mqtt.connectAsync(`mqtt://${host}:${port}`, {
    username: user || undefined, password: password || undefined, reconnectPeriod: 0,
  });
  try {
    return await use(client);
  } finally {
    await client.endAsync();
  }
}

// QoS 1, and never retained: the gateway ignores retained messages. Then the broker has the request (PUBACK), and keeps
// it for the gateway's session even while that is away.
const publish = (client, body) => client.publishAsync(topic, body, { qos: 1, retain: false });

await run(
  (body) => connected(async (client) => {
    await publish(client, body);
    console.log('the broker has it');
  }),
  (answers) => connected(async (client) => {
    const answer = new Promise((came) => { client.on('message', (_topic, body) => came(body)); });
    await client.subscribeAsync(answers, { qos: 1 });
    await publish(client, getModemList(answers));
    return answer;
  }),
);
