import type { ServerResponse } from 'node:http';

/**
 * Writes a piece of an answer and waits until its reader has taken it, so that whoever makes the pieces knows how slow it is; but not for ever: one
 * that takes nothing for so long is cut.
 */
export async function writePatiently(
  response: ServerResponse,
  text: string,
  patienceMs: number,
  cutOff: () => void = () => {},
): Promise<void> {
  if (response.writableEnded || response.write(text) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => {
      cutOff();
      response.destroy();
    }, patienceMs);
    const done = () => {
      clearTimeout(cut);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
