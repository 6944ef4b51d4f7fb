// Codes over HTTP: `node by_http.js create RECEIVER REFERENCE`, `node by_http.js validate RECEIVER REFERENCE CODE`.
import { seconds } from './envelope.js';

const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:8899';
const user = process.env.GATEWAY_USER ?? 'shop';
const password = process.env.GATEWAY_PASSWORD ?? '';

// A success means that what was asked for is on the gateway's disk. After HTTP 503 or a broken connection send the same
// body again: its reference makes it the same message.
async function ask(command, data) {
  const answer = await fetch(`${gateway}/api/otp`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    },
    body: JSON.stringify({ command, data }),
  });
  const reply = await answer.json();
  console.log(JSON.stringify(reply));
  if (!['000', '0000'].includes(reply.response_code)) process.exitCode = 1;
}

const [what, receiver, reference, otp] = process.argv.slice(2);
const now = seconds();
if (what === 'create' && reference) {
  // The gateway makes the code and puts it in place of %s; nobody but the receiver learns it. param1 is bound to it.
  const message = 'Your code is %s';
  await ask('create-otp', { date_time: now, expiration: now + 120, receiver, message, reference, param1: 'login' });
} else if (what === 'validate' && otp) {
  // A code is good for one use. 1202: wrong; 1203: its time is over; 1204: too many wrong ones.
  await ask('validate-otp', { date_time: now, receiver, otp, reference, param1: 'login' });
} else {
  console.error('usage: create RECEIVER REFERENCE | validate RECEIVER REFERENCE CODE');
  process.exitCode = 2;
}
