/** A reason not to start: one sentence on what is wrong, one on what to do. Printed without a stack. */
export class StartRefusal extends Error {
  readonly fix: string;
  constructor(sentence: string, fix: string) {
    super(sentence);
    this.name = 'StartRefusal';
    this.fix = fix;
  }
}

export type Environment = Record<string, string | undefined>;

/** A variable that has no default. Throws StartRefusal with its name when it is missing or empty. */
export function required(environment: Environment, name: string, meaning: string): string {
  const value = environment[name];
  if (!value)
    throw new StartRefusal(`${name} is missing: ${meaning}.`, `Set ${name}; docs/configuration.md shows how.`);
  return value;
}

/** A secret of at least 32 characters, so that "changeme" is refused like an empty one. */
export function secret(environment: Environment, name: string, meaning: string): string {
  const value = required(environment, name, meaning);
  if (value.length < 32)
    throw new StartRefusal(
      `${name} is too short for a secret.`,
      `Give ${name} at least 32 random characters: openssl rand -hex 32`,
    );
  return value;
}

/** Further secrets with commas between, as long as `secret` wants them; none when it is not set. Throws StartRefusal. */
export function secrets(environment: Environment, name: string): string[] {
  const given = (environment[name] ?? '').split(',').flatMap((text) => text.trim() || []);
  if (given.some((text) => text.length < 32))
    throw new StartRefusal(
      `${name} has a secret that is too short.`,
      `Give ${name} what the secret was, or will be, of at least 32 characters; commas stand between several.`,
    );
  return given;
}

/** A TCP port, 0 to 65535; 0 lets the system choose. */
export function port(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] ?? String(fallback);
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65535)
    throw new StartRefusal(`${name} is not a port: ${value.slice(0, 40)}.`, `Set ${name} to a number from 0 to 65535.`);
  return Number(value);
}

/** A switch, off unless it is `true`. */
export function flag(environment: Environment, name: string): boolean {
  const value = environment[name] || 'false';
  if (value !== 'true' && value !== 'false')
    throw new StartRefusal(
      `${name} is neither true nor false: ${value.slice(0, 40)}.`,
      `Set ${name} to true or false.`,
    );
  return value === 'true';
}

/** A whole number of days: `fallback` when it is not set, 0 where that is allowed, else at least `atLeast`. Throws StartRefusal. */
export function days(
  environment: Environment,
  name: string,
  fallback: number,
  { atLeast, orZero }: { atLeast: number; orZero: boolean },
): number {
  const value = environment[name] ?? String(fallback);
  const isDays = /^\d{1,5}$/.test(value) && (Number(value) >= atLeast || (orZero && Number(value) === 0));
  if (!isDays)
    throw new StartRefusal(
      `${name} is not a number of days that can be kept: ${value.slice(0, 40)}.`,
      `Set ${name} to a whole number of ${atLeast} or more${orZero ? ', or to 0 to keep for ever' : ''}.`,
    );
  return Number(value);
}

/** A time of 0 to 999999 ms. */
export function milliseconds(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] || String(fallback);
  if (!/^\d{1,6}$/.test(value))
    throw new StartRefusal(
      `${name} is not a time in milliseconds: ${value.slice(0, 40)}.`,
      `Set ${name} to a whole number from 0 to 999999.`,
    );
  return Number(value);
}

/** How many, 1 to 9999999. */
export function count(environment: Environment, name: string, fallback: number): number {
  const value = environment[name] || String(fallback);
  if (!/^[1-9]\d{0,6}$/.test(value))
    throw new StartRefusal(
      `${name} is not a number: ${value.slice(0, 40)}.`,
      `Set ${name} to a number from 1 to 9999999.`,
    );
  return Number(value);
}
