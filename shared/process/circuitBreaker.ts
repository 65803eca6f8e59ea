/** Who was to be asked has not answered lately, and is not asked for a while. */
export class AtRest extends Error {}

export interface BreakerSettings {
  /** So many failures in a row open the circuit; 0: it never opens. */
  failures: number;
  pauseMs: number;
}

/** Spares a service that does not answer, and its callers the wait. After the pause one request tries whether it is back. */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  #failures = 0;
  #closedAgainAt = 0;
  #isTrying = false;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#settings.failures > 0 && this.#failures >= this.#settings.failures;
  }

  /** Whether the service is not to be asked: neither is the pause over, nor has the one request that tries come back. */
  isAtRest(now = performance.now()): boolean {
    return this.isOpen && (this.#isTrying || now < this.#closedAgainAt);
  }

  /** Throws AtRest when the service is not to be asked. */
  pass(now = performance.now()): void {
    if (this.isAtRest(now)) throw new AtRest('it has not answered lately, and is not asked');
    this.#isTrying = this.isOpen;
  }

  /** True when this closes the circuit. */
  answered(): boolean {
    const wasOpen = this.isOpen;
    this.#failures = 0;
    this.#isTrying = false;
    return wasOpen;
  }

  /** Its client has left: that says nothing of the service, and the next request may try. */
  abandoned(): void {
    this.#isTrying = false;
  }

  /** True when this opens the circuit. */
  failed(now = performance.now()): boolean {
    const wasOpen = this.isOpen;
    this.#failures++;
    this.#isTrying = false;
    if (this.isOpen) this.#closedAgainAt = now + this.#settings.pauseMs;
    return !wasOpen && this.isOpen;
  }
}
