import { make } from "./dom.js";
import { chosenOf, extentOf, nameOf } from "./document.js";

/** The line below the image: the object in work with its candidates, the selected ones, or what one can do. */
export class WorkBar {
  constructor(bar, editor, actions) {
    Object.assign(this, { bar, editor, actions });
  }

  render() {
    const { editor } = this;
    const focused = document.activeElement?.closest("#detail") ? document.activeElement.dataset.key : null;
    const { draft, selected } = editor;
    const parts = draft ? this.#draft(draft) : selected.length ? this.#selection(selected) : this.#hint();
    this.bar.replaceChildren(...parts);
    if (focused !== null) {
      // What was pressed may be gone, and the keyboard must not begin at the top of the page again.
      (this.bar.querySelector(`[data-key="${focused}"]`) ?? this.actions.stage()).focus({ preventScroll: true });
    }
  }

  #draft(draft) {
    const { editor, actions } = this;
    const object = draft.target ? editor.document.object(draft.target) : null;
    const chosen = chosenOf(draft);
    const candidates = draft.candidates.map((candidate, place) => make("button", {
      type: "button", "data-key": `candidate-${place}`, "aria-pressed": String(place === draft.chosen), title: `Candidate ${place + 1} (${place + 1})`,
      click: () => editor.choose(place),
    }, unseen("Candidate "), make("kbd", { text: place + 1 }), unseen(", predicted IoU "), score(candidate.iou)));
    return [
      make("div", { class: "who" }, make("b", { text: object ? nameOf(object) : "New object" }), make("span", { text: draft.label ?? "no label" }),
        candidates.length > 1 ? null : make("span", { text: `IoU ${score(chosen.iou)}` })),
      candidates.length > 1 ? make("div", { class: "candidates", role: "group", "aria-label": "Candidates" }, ...candidates) : null,
      make("div", { class: "acts" },
        button("cancel", "Cancel", "Esc", () => editor.cancel()),
        editor.selection.length ? button("merge", "Merge", "M", () => editor.merge()) : null,
        editor.selection.length ? button("subtract", "Subtract", "S", () => editor.subtract()) : null,
        button("label", "Label", "L", () => actions.label()),
        button("accept", "Accept", "Enter", () => editor.accept(), "primary")),
    ].filter(Boolean);
  }

  #selection(selected) {
    const { editor, actions } = this;
    const [object] = selected;
    const canRefine = selected.length === 1 && (object.points.length > 0 || object.box !== null);
    const who = selected.length > 1
      ? [make("b", { text: `${selected.length} selected` }), make("span", { text: selected.map(each => nameOf(each)).join(", ") })]
      : [make("b", { text: nameOf(object) }), make("span", { text: `${extentOf(object).area.toLocaleString("en")} px${object.iou === null ? "" : ` · IoU ${score(object.iou)}`}` })];
    return [
      make("div", { class: "who" }, ...who),
      make("div", { class: "acts" },
        selected.length > 1 ? button("merge", "Merge", "M", () => editor.merge()) : null,
        selected.length > 1 ? button("subtract", "Subtract", "S", () => editor.subtract()) : null,
        canRefine ? button("refine", "Refine", "R", () => editor.refine()) : null,
        button("fill", "Fill holes", "F", () => editor.clean("fill-holes", actions.smallest())),
        button("specks", "Drop specks", "K", () => editor.clean("drop-specks", actions.smallest())),
        button("label", "Label", "L", () => actions.label()),
        button("remove", "Delete", "Del", () => editor.remove())),
    ];
  }

  #hint() {
    return [make("div", { class: "hints" }, ...this.actions.hints().map(([key, text]) => make("span", {}, make("kbd", { text: key }), text)))];
  }
}

function button(key, text, shortcut, click, kind) {
  return make("button", { type: "button", "data-key": key, class: kind ?? "", title: `${text} (${shortcut})`, "aria-keyshortcuts": shortcut, text, click });
}

function unseen(text) {
  return make("span", { class: "unseen-text", text });
}

function score(value) {
  return value === null || value === undefined ? "n/a" : value.toFixed(2);
}
