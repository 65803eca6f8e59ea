/** Lets heavy work be done piece by piece, one in each turn of the event loop, so that light work comes in between. */
export class Turns {
  #last = Promise.resolve();

  /** Resolves when it is this piece's turn. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
