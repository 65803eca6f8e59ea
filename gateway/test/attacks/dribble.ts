import { connect as connectTcp } from 'node:net';

/** Sends a byte now and then until the other side has had enough. */
export function dribble(port: number, start: string, more: string): Promise<{ text: string; seconds: number }> {
  const began = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(start));
    const timer = setInterval(() => socket.write(more), 500);
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text, seconds: (performance.now() - began) / 1000 });
    });
  });
}
