// The requests the examples make. The id names the request: the same one sent again within 15 minutes is the same SMS.
import { randomUUID } from 'node:crypto';

export const seconds = () => Math.floor(Date.now() / 1000);

// An SMS that is of no more use in `life` seconds; it never goes out later.
export function sendSms(receiver, message, life = 60) {
  const now = seconds();
  const data = { id: randomUUID(), date_time: now, expiration: now + life, receiver, message };
  return JSON.stringify({ command: 'send-sms', data });
}

// Answered on the callback topic.
export const getModemList = (callbackTopic) =>
  JSON.stringify({ command: 'get-modem-list', data: { date_time: seconds() }, callback_topic: callbackTopic });

// A topic for one answer: nobody else's answers come there.
export const ownTopic = () => `answers-${randomUUID().slice(0, 12)}`;

export const broker = (port) => ({
  host: process.env.BROKER_HOST ?? '127.0.0.1',
  port: Number(process.env.BROKER_PORT ?? port),
  user: process.env.BROKER_USER ?? '',
  password: process.env.BROKER_PASSWORD ?? '',
  topic: process.env.TOPIC ?? 'sms',
});

export function within(milliseconds, promise) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('no answer')), milliseconds).unref());
  return Promise.race([promise, late]);
}

// `send RECEIVER TEXT` or `modems`.
export async function run(send, modems) {
  const [what, receiver, text] = process.argv.slice(2);
  if (what === 'send' && text !== undefined) await send(sendSms(receiver, text));
  else if (what === 'modems') console.log(String(await within(20000, modems(ownTopic()))));
  else {
    console.error('usage: send RECEIVER TEXT | modems');
    process.exitCode = 2;
  }
}
