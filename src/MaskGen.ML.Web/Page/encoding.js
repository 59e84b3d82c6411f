import { pause } from "./dom.js";

const BETWEEN = 500;

/** Asks the server to encode the open image, and tells how far that is. Leaving the image withdraws the wish. */
export class Encoding extends EventTarget {
  constructor(api) {
    super();
    this.api = api;
    this.abort = null;
    this.state = { name: "none" };
  }

  async start(document) {
    this.abort?.abort();
    const abort = this.abort = new AbortController();
    this.#become({ name: "queued" });
    try {
      for await (const { name, data } of this.api.encode(document.id, abort.signal)) {
        if (abort.signal.aborted) {
          return;
        }
        if (name === "error") {
          this.#become({ name: "failed", reason: data.detail ?? data.title });
        } else if (name === "ready") {
          this.#become({ name, ms: data.ms, from: data.from });
          return;
        } else {
          this.#become({ name, position: data.position });
        }
      }
      if (!abort.signal.aborted && this.state.name !== "failed") {
        // The stream broke off, as when the server goes; it is asked again, which waits until it is back.
        await pause(BETWEEN, abort.signal);
        await this.start(document);
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        if (error instanceof TypeError) {
          await pause(BETWEEN);
          if (!abort.signal.aborted) {
            await this.start(document);
          }
        } else {
          this.#become({ name: "failed", reason: error.message });
        }
      }
    }
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
