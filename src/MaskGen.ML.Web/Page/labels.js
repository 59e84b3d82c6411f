import { make, setText } from "./dom.js";

/** The palette of labels: those of the image in the order of their digits, or those used in other images where it has none yet. */
export class LabelPalette {
  constructor(parts, editor) {
    Object.assign(this, { ...parts, editor });
    this.known = [];
    parts.form.addEventListener("submit", event => {
      event.preventDefault();
      const label = parts.input.value.trim();
      if (label) {
        editor.setLabel(label);
        parts.input.value = "";
        this.leave();
      }
    });
    parts.input.addEventListener("keydown", event => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        this.leave();
      } else if (/^[1-9]$/.test(event.key) && !parts.input.value && this.labels.length >= Number(event.key)) {
        event.preventDefault();
        this.assign(Number(event.key));
        this.leave();
      }
    });
  }

  /** The labels in the order of their digits. */
  get labels() {
    // Also the one that the next object will have.
    const { label } = this.editor;
    return [...new Set([...this.editor.document?.now.labels ?? [], ...this.known, ...label === null ? [] : [label]])];
  }

  /** Whether the palette waits for a digit or a name. */
  get isOpen() {
    return document.activeElement === this.input;
  }

  /** Puts the keyboard into the palette. */
  enter() {
    this.input.focus();
    this.input.scrollIntoView({ block: "nearest" });
  }

  leave() {
    this.stage.focus({ preventScroll: true });
  }

  /** Assigns the label of a digit; false where there is none. */
  assign(digit) {
    const label = this.labels[digit - 1];
    if (label === undefined) {
      return false;
    }
    this.editor.setLabel(label);
    return true;
  }

  render() {
    const { editor } = this;
    const current = editor.draft ? editor.draft.label : editor.selected.length ? editor.selected[0].label : editor.label;
    const focused = document.activeElement?.closest("#labels") ? document.activeElement.dataset.label : null;
    this.items.replaceChildren(...this.labels.map((label, place) => make("li", {},
      make("button", { type: "button", "data-label": label, "aria-pressed": String(label === current), "aria-keyshortcuts": place < 9 ? String(place + 1) : null, click: () => editor.setLabel(label === current ? null : label) },
        place < 9 ? make("kbd", { text: place + 1 }) : null, make("span", { text: label })))));
    if (focused !== null) {
      [...this.items.querySelectorAll("button")].find(button => button.dataset.label === focused)?.focus();
    }
    setText(this.hint, editor.draft || editor.selected.length ? "of this object" : "of the next object");
  }
}
