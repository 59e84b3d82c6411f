import { element } from "./dom.js";

const SHOWN = 2600;

/** Says what has happened: `say` to a screen reader alone, where eyes see it anyway; `note` to both; `fail` to both, at once. */
export class Announcer {
  constructor() {
    this.toast = element("toast");
    this.live = element("live");
    this.errors = element("live-error");
    this.timer = 0;
  }

  say(text) {
    announce(this.live, text);
  }

  note(text) {
    announce(this.live, text);
    this.#show(text, false);
  }

  fail(text) {
    announce(this.errors, text);
    this.#show(text, true);
  }

  #show(text, isError) {
    this.toast.textContent = text;
    this.toast.classList.toggle("error", isError);
    this.toast.classList.add("on");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.toast.classList.remove("on"), isError ? 2 * SHOWN : SHOWN);
  }
}

// The same sentence twice is two events; a space makes it another text.
function announce(region, text) {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
