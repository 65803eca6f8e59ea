type Work = (...args: never[]) => unknown;
type Declare = (name: string, work: Work, limitMs?: number) => void;
type Each = (...table: never[]) => Declare;

/** Tests wait for events; this only ends one whose event never comes, and later than what waits in it gives up and says what it saw. */
const testLimitMs = 300_000;

/** The runner sets no limit of its own. Rejects when the work has not ended in time. */
function limited(work: Work, limitMs: number): () => Promise<unknown> {
  return async (...args) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not ended within ${limitMs} ms`)), limitMs);
    });
    try {
      return await Promise.race([work(...(args as never[])), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

const limitedTest = (test: Declare): Declare => {
  return (name, work, limitMs = testLimitMs) => test(name, limited(work, limitMs));
};
const limitedHook =
  (hook: (work: Work) => void) =>
  (work: Work, limitMs = testLimitMs) =>
    hook(limited(work, limitMs));

const declared = globalThis as unknown as Record<string, ((work: Work) => void) & Declare & { each: Each }>;
for (const name of ['beforeAll', 'beforeEach', 'afterEach', 'afterAll'])
  declared[name] = limitedHook(declared[name]!) as never;
const { test } = declared;
declared['test'] = Object.assign(limitedTest(test!), test, {
  each: (...table: never[]) => limitedTest(test!.each(...table)),
}) as never;
