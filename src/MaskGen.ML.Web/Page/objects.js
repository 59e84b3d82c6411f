import { MaskList } from "../shared/list.js";
import { drawThumbnail } from "../shared/thumbnail.js";
import { make, setText, counted } from "./dom.js";
import { nameOf, numberOf } from "./document.js";

const THUMBNAIL = 92;

/** The list of objects: thumbnail, label, score, whether it is shown. */
export class ObjectsPanel {
  /** @param maskOf Gives the painted mask of an object. */
  constructor(parts, editor, maskOf, colorOf) {
    Object.assign(this, { ...parts, editor, maskOf, colorOf });
    this.view = new MaskList(parts.list, parts.rows, {
      make: object => this.#row(object),
      mark: (row, isActive) => {
        row.classList.toggle("chosen", editor.selection.includes(row.dataset.id));
        row.querySelector(".pick").setAttribute("aria-pressed", editor.selection.includes(row.dataset.id));
      },
    });
    parts.list.addEventListener("keydown", event => this.#walk(event));
  }

  /** Shows what is there now. */
  render() {
    const objects = this.editor.document?.now.objects ?? [];
    const shown = objects.toReversed();
    const focused = document.activeElement?.closest(".object")?.dataset.id;
    const [first] = this.editor.selected;
    this.view.active = first ?? null;
    this.view.show(shown);
    if (focused && !this.list.contains(document.activeElement)) {
      this.#rowOf(focused)?.querySelector(".pick").focus({ preventScroll: true });
    }
    setText(this.count, counted(objects.length, "object"));
    this.empty.hidden = objects.length > 0;
    this.showAll.hidden = objects.length === 0;
    const hidden = objects.filter(object => !object.visible).length;
    setText(this.showAll, hidden ? "Show all" : "Hide all");
  }

  /** Marks the selected objects, and scrolls to the first. */
  renderSelection(scrolls) {
    const [first] = this.editor.selected;
    this.view.mark(first ?? null, first ?? null, scrolls);
  }

  /** Draws the thumbnails anew, once the image is there. */
  redraw() {
    this.view.redraw();
  }

  #rowOf(id) {
    return this.rows.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  #row(object) {
    const { editor } = this;
    const place = editor.document.now.objects.indexOf(object);
    const name = nameOf(object, place);
    const canvas = make("canvas", { width: THUMBNAIL, height: THUMBNAIL, "aria-hidden": "true" });
    const mask = this.maskOf(object);
    if (this.image.complete && this.image.naturalWidth && mask.area > 0) {
      drawThumbnail(canvas, this.image, mask);
    }
    const swatch = make("i", { "aria-hidden": "true", text: numberOf(object, place) + 1 });
    swatch.style.setProperty("--color", this.colorOf(object));
    const share = 100 * mask.area / (mask.height * mask.width);
    const details = `${object.iou === null ? sourceOf(object) : `IoU ${object.iou.toFixed(2)}`} · ${share >= 0.1 ? share.toFixed(1) : share.toFixed(2)} %`;
    const row = make("div", { class: "object", role: "listitem", "data-id": object.id },
      make("button", { class: "pick", type: "button", "aria-pressed": "false", click: event => this.#pick(event, object.id), dblclick: () => editor.refine() },
        canvas, swatch, make("span", { class: "name", text: object.label ?? `Object ${numberOf(object, place) + 1}` }), " ", make("span", { class: "details", text: details }),
        object.visible ? null : make("span", { class: "unseen-text", text: ", hidden" })),
      make("button", { class: "eye icon", type: "button", "aria-pressed": String(!object.visible), "aria-label": `Hide ${name}`, title: object.visible ? "Hide" : "Show", text: object.visible ? "◉" : "◌", click: () => editor.setVisible([object.id], !object.visible) }));
    row.classList.toggle("unseen", !object.visible);
    return row;
  }

  #pick(event, id) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      this.editor.toggle(id);
    } else {
      this.editor.select(this.editor.selection.length === 1 && this.editor.selection[0] === id ? [] : [id]);
    }
  }

  #walk(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: this.view.pageLength, PageUp: -this.view.pageLength, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { masks } = this.view;
    const here = masks.findIndex(object => object.id === document.activeElement?.closest(".object")?.dataset.id);
    const next = masks[Math.min(masks.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
    if (next) {
      this.editor.select([next.id]);
      this.#rowOf(next.id)?.querySelector(".pick").focus({ preventScroll: true });
    }
  }
}

function sourceOf(object) {
  return { brush: "painted", merged: "combined", polygon: "polygon", everything: "found", file: "from a file" }[object.source] ?? "clicked";
}
