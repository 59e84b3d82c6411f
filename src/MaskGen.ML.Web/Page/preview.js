import { runsOf } from "./shapes.js";

const LEAST_GAP = 40; // Milliseconds between two wishes: 25 a second.

/** What a click would give where the pointer rests. At most one wish is on its way; the newest place is asked for next. */
export class Preview {
  /** @param show Shows runs, or nothing for null. */
  constructor(api, show) {
    this.api = api;
    this.show = show;
    this.isOn = true;
    this.place = null;
    this.document = null;
    this.isAsking = false;
    this.abort = new AbortController();
    this.last = 0;
  }

  /** The pointer is at a place of a document's image. */
  move(document, { x, y }) {
    this.document = document;
    this.place = [x, y];
    this.#askNext();
  }

  /** The pointer is nowhere, or something else goes on. */
  clear() {
    this.place = null;
    this.abort.abort();
    this.abort = new AbortController();
    this.show(null);
  }

  setOn(isOn) {
    this.isOn = isOn;
    this.clear();
  }

  async #askNext() {
    if (this.isAsking || !this.isOn) {
      return;
    }
    this.isAsking = true;
    let asked = null;
    try {
      while (this.place && this.place !== asked) {
        const wait = this.last + LEAST_GAP - performance.now();
        if (wait > 0) {
          await new Promise(done => setTimeout(done, wait));
        }
        if (!this.place) {
          return;
        }
        asked = this.place;
        this.last = performance.now();
        const { document, abort } = this;
        const answer = await this.api.preview(document.id, { points: [asked], labels: [1], multimask: true }, abort.signal);
        // What the pointer has left since is better than nothing; what was cleared is not shown.
        if (!abort.signal.aborted && answer) {
          this.show(runsOf(answer.masks[0]));
        }
      }
    } catch {
      // A preview that does not come is no error: the click will tell.
    } finally {
      this.isAsking = false;
    }
    // The pointer may have come back while what it left was being withdrawn.
    if (this.place && this.place !== asked) {
      this.#askNext();
    }
  }
}
