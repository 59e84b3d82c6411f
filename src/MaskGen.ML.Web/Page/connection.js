import { pause } from "./dom.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;

/** Whether the server answers. While it does not, it is asked again and again, and whoever waits goes on when it does. */
export class Connection extends EventTarget {
  /** @param ask Asks the server whether it is there: gives "ok", "lost" or "unauthorized". */
  constructor(ask) {
    super();
    this.ask = ask;
    this.state = "ok";
    this.back = null;
    this.hurry = () => {};
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => this.hurry());
  }

  /** Tells that a request failed for want of a server or of a token; resolves once it answers again. */
  lost(state, signal) {
    this.#become(state);
    this.back ??= this.#comeBack();
    return signal ? Promise.race([this.back, pause(2 ** 30, signal)]) : this.back;
  }

  /** Asks at once, without waiting for the next turn. */
  retryNow() {
    this.hurry();
  }

  async #comeBack() {
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
      const hurried = new Promise(done => this.hurry = done);
      await Promise.race([pause(wait), hurried]);
      const state = await this.ask();
      this.#become(state);
      if (state === "ok") {
        this.back = null;
        return;
      }
    }
  }

  #become(state) {
    if (state !== this.state) {
      this.state = state;
      this.dispatchEvent(new Event("change"));
    }
  }
}
