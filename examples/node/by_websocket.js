// Requests over a WSMessageBroker: `node by_websocket.js send RECEIVER TEXT`, `node by_websocket.js modems`.
import { once } from 'node:events';
import WebSocket from 'ws';
import { broker, getModemList, run } from './envelope.js';

const { host, port, user, password, topic } = broker(9000);

// A connection is for one topic: what is sent goes to all others of it.
async function at(name) {
  const path = process.env.BROKER_PATH ?? '/';
  const socket = new WebSocket(`ws://${host}:${port}${path}?topic=${encodeURIComponent(name)}`, {
    headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });
  await once(socket, 'open');
  return socket;
}

// Ends in good order, so that the broker has read what was sent before.
async function close(socket) {
  socket.close();
  await once(socket, 'close');
}

// Nothing is certain: such a broker passes the request on to who is connected at this moment and keeps nothing.
await run(
  async (body) => {
    const socket = await at(topic);
    socket.send(body);
    await close(socket);
    console.log('the broker was told');
  },
  async (answers) => {
    const [listening, socket] = [await at(answers), await at(topic)];
    const answer = once(listening, 'message');
    socket.send(getModemList(answers));
    const [body] = await answer;
    await Promise.all([close(listening), close(socket)]);
    return body;
  },
);
