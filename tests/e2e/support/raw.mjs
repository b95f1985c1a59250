// HTTP as bytes: what no client library would send.
import {connect} from 'node:net';
import {within} from './until.mjs';

// Sends `bytes` and reads until one whole response is there, or the server closes. Resolves with
// {status, headers, body, closed}; status 0 if the server closed without a word.
export function exchange(port, bytes, {half = false, patience = 8_000} = {}) {
  const socket = connect(port, '127.0.0.1');
  let received = Buffer.alloc(0);
  const answer = new Promise((resolve, reject) => {
    socket.on('connect', () => {
      socket.write(bytes);
      if (half) socket.end();
    });
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const parsed = parse(received);
      if (parsed) resolve({...parsed, closed: false});
    });
    socket.on('close', () => resolve(parse(received) ?? {status: 0, headers: {}, body: received.toString(), closed: true}));
    // A reset after the answer was read is the server's right: what it refused was still on its way.
    socket.on('error', (error) => (received.length ? undefined : reject(error)));
  });
  return within(patience, 'an answer on a raw socket', answer).finally(() => socket.destroy());
}

function parse(received) {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim(),
  ]));
  const length = Number(headers['content-length'] ?? 0);
  if (received.length < end + 4 + length) return undefined;
  return {
    status: Number(first.split(' ')[1]), headers, body: received.subarray(end + 4, end + 4 + length).toString(),
    rest: received.subarray(end + 4 + length),
  };
}
