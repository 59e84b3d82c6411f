import { element, setText } from "./dom.js";

/** Says how far the open image is encoded and saved, and how long a click took. */
export class StatusBar {
  constructor({ connection }, editor, encoding, saver) {
    Object.assign(this, { connection, editor, encoding, saver });
    encoding.addEventListener("change", () => this.render());
    saver.addEventListener("change", () => this.render());
    editor.addEventListener("answered", event => this.#measure(event.since, event.ms));
    connection.addEventListener("change", () => this.render());
  }

  render() {
    const { document } = this.editor;
    const { name, ms, from, position, reason } = this.encoding.state;
    setText(element("encoding"), {
      none: "", queued: position > 1 ? `waits, number ${position}` : "waits", encoding: "encoding", ready: from === "model" ? `encoded in ${(ms / 1000).toFixed(1)} s` : "encoded", failed: `not encoded: ${reason}`,
    }[name] ?? name);
    element("frame").classList.toggle("encoding", name === "encoding" || name === "queued");
    if (!document) {
      return;
    }
    const saved = this.saver.stateOf(document);
    const isAway = this.connection.state !== "ok";
    setText(element("saved"), { saved: "Saved", saving: isAway ? "Kept in this browser" : "Saving", waiting: "Waiting for your decision", refused: `Not saved: ${saved.reason}` }[saved.name]);
    element("saved").dataset.state = isAway && saved.name === "saving" ? "away" : saved.name;
  }

  // From the pointer to the painted mask: the answer is on the canvas, and the frame after next has it on the screen.
  #measure(since, ms) {
    requestAnimationFrame(() => setTimeout(() => {
      const { duration } = performance.measure("maskgen-click", { start: since, end: performance.now(), detail: { server: ms?.total ?? 0 } });
      setText(element("latency"), `${Math.round(duration)} ms${ms?.total === undefined ? "" : ` (server ${Math.round(ms.total)})`}`);
    }));
  }
}
