import { counted, setText } from "./dom.js";

const NONE = [];

// Below what is shown at first, so that the sliders have something to let in without asking the server again.
const LOW = { predictedIou: 0.5, stability: 0.6 };

/** Everything in the image: one run with low thresholds, which two sliders filter here. Its result stays with the image's document. */
export class Everything extends EventTarget {
  constructor(parts, api, editor, thresholds) {
    super();
    Object.assign(this, { ...parts, api, editor });
    this.isOpen = false;
    this.abort = null;
    for (const slider of [parts.iou, parts.stability]) {
      slider.addEventListener("input", () => this.#filter());
    }
    parts.iou.value = thresholds.predictedIou;
    parts.stability.value = thresholds.stabilityScore;
    parts.closeButton.addEventListener("click", () => this.close());
    parts.againButton.addEventListener("click", () => this.#run());
    parts.addButton.addEventListener("click", () => this.accept());
  }

  /** All masks that were found in the open image. */
  get found() {
    return this.isOpen ? this.editor.document?.everything ?? NONE : NONE;
  }

  /** The thresholds as they are set: what passes is the same while this is. */
  get level() {
    return `${this.iou.value} ${this.stability.value}`;
  }

  /** Those of them that pass the sliders. */
  get passing() {
    const [iou, stability] = [Number(this.iou.value), Number(this.stability.value)];
    return this.found.filter(mask => (mask.iou ?? 1) >= iou && (mask.stability ?? 1) >= stability);
  }

  toggle() {
    if (this.isOpen) {
      this.close();
    } else {
      this.open();
    }
  }

  open() {
    this.isOpen = true;
    this.panel.hidden = false;
    if (this.editor.document.everything) {
      this.#filter();
    } else {
      this.#run();
    }
    this.panel.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.abort?.abort();
    this.abort = null;
    if (this.isOpen) {
      this.isOpen = false;
      this.panel.hidden = true;
      this.#tell();
    }
  }

  /** Makes the masks that are shown objects. */
  accept() {
    const chosen = this.passing;
    if (chosen.length) {
      this.editor.addFound(chosen);
      const gone = new Set(chosen);
      this.editor.document.everything = this.editor.document.everything.filter(mask => !gone.has(mask));
      this.close();
    }
  }

  async #run() {
    const { editor } = this;
    const { document } = editor;
    this.abort?.abort();
    const abort = this.abort = new AbortController();
    document.everything = null;
    this.progress.hidden = false;
    this.progress.removeAttribute("value");
    this.#filter();
    setText(this.status, "Looking at the whole image");
    try {
      for await (const { name, data } of this.api.everything(document.id, LOW, abort.signal)) {
        if (abort.signal.aborted) {
          return;
        }
        if (name === "queued") {
          setText(this.status, `Waits, number ${data.position} in the queue`);
        } else if (name === "progress") {
          this.progress.max = data.total;
          this.progress.value = data.done;
          setText(this.status, `${counted(data.masks, "mask")} so far`);
        } else if (name === "done") {
          document.everything = data.masks;
          editor.announcer.say(`${counted(data.masks.length, "mask")} found in ${(data.ms / 1000).toFixed(1)} seconds.`);
        } else if (name === "error") {
          throw new Error(data.detail ?? data.title);
        }
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        setText(this.status, `That did not work: ${error.message}`);
        editor.announcer.fail(error.message);
        this.progress.hidden = true;
        return;
      }
    }
    if (!abort.signal.aborted) {
      this.progress.hidden = true;
      this.#filter();
    }
  }

  #filter() {
    const passing = this.passing;
    for (const [slider, output] of [[this.iou, this.iouValue], [this.stability, this.stabilityValue]]) {
      const text = `at least ${Number(slider.value).toFixed(2)}`;
      setText(output, text);
      slider.setAttribute("aria-valuetext", text);
    }
    this.addButton.disabled = passing.length === 0;
    setText(this.addButton, passing.length ? `Add ${counted(passing.length, "object")}` : "Add");
    if (this.editor.document?.everything) {
      setText(this.status, `${passing.length} of ${counted(this.found.length, "mask")} shown`);
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
