/**
 * What a process gets that a test or a bench starts: nothing of this one that would configure it. Read when it is called, since tests name the
 * place of compiled code when they begin.
 */
export const childEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
});
