import { Mask } from "../shared/masks.js";
import { chosenOf, numberOf } from "./document.js";
import { measure, runsOf } from "./shapes.js";

// How much of its colour the inside of a mask takes, as in overlays: less the more of the image it covers, and nothing of a background.
const FILL = 0.3;
const LIGHTEST_FILL = 0.1;
const LARGEST_FULLY_FILLED = 0.1;
const LARGEST_FILLED = 1 / 3;

function fillOf(share) {
  const lighter = Math.max(0, share - LARGEST_FULLY_FILLED) / (LARGEST_FILLED - LARGEST_FULLY_FILLED);
  return share > LARGEST_FILLED ? 0 : FILL + lighter * (LIGHTEST_FILL - FILL);
}

/** Brings a document's masks onto the scene: objects and found masks as one painting, the draft or the selection above it. */
export class SceneMasks {
  constructor(scene, editor, everything, palette) {
    Object.assign(this, { scene, editor, everything, palette });
    this.made = new WeakMap();
    this.shown = {};
    this.masks = [];
  }

  colorOf(object, place = 0) {
    return this.palette[numberOf(object, place) % this.palette.length];
  }

  /** The painted mask of an object: runs, box and area at the size of the picture. */
  maskOf(object) {
    return this.#mask(object.segmentation, this.colorOf(object, this.editor.document.now.objects.indexOf(object)));
  }

  #mask(record, color) {
    const { paintSize } = this.editor.document;
    let mask = this.made.get(record);
    if (!mask || mask.color !== color) {
      const runs = runsOf(record, paintSize);
      const extent = measure(runs, paintSize[0]);
      mask = new Mask({ ...extent, color, fill: fillOf(extent.area / (paintSize[0] * paintSize[1])) }, 0, paintSize[0]);
      mask.decoded = runs;
      mask.width = paintSize[1];
      this.made.set(record, mask);
    }
    return mask;
  }

  /** Paints objects and found masks, if others are to be seen than before. The painting goes on over several frames; the draft is painted
   * apart, at once. */
  renderObjects() {
    const { editor, scene, everything } = this;
    const { objects } = editor.document.now;
    const { found, level } = everything;
    const open = editor.draft?.target ?? null;
    const before = this.shown;
    this.shown = { painter: scene.painter, objects, found, level, open };
    const isOther = ["painter", "objects", "found"].some(key => this.shown[key] !== before[key]);
    if (isOther) {
      const ofObjects = objects.map(object => this.maskOf(object));
      const ofFound = found.map((mask, place) => this.#mask(mask, this.palette[(editor.document.next - 1 + place) % this.palette.length]));
      // Each place needs a mask of its own, also where two records are the same.
      this.masks = [...ofObjects, ...ofFound].map((mask, index) => Object.assign(Object.create(mask), { index }));
      scene.painter.setMasks(this.masks);
    }
    if (isOther || level !== before.level || open !== before.open) {
      const passing = new Set(everything.passing);
      scene.painter.draw(new Set(this.masks.filter((mask, place) =>
        place < objects.length ? objects[place].visible && objects[place].id !== open : passing.has(found[place - objects.length]))));
    }
  }

  /** Paints the draft, or the rims of selected objects. */
  renderWork() {
    const { editor, scene } = this;
    const { document, draft } = editor;
    const chosen = chosenOf(draft);
    if (chosen) {
      const runs = runsOf(chosen, document.paintSize);
      const object = draft.target ? document.object(draft.target) : null;
      scene.showDraft(runs, object ? this.colorOf(object) : this.palette[(document.next - 1) % this.palette.length]);
    } else {
      scene.showSelected(editor.selected.filter(object => object.visible).map(object => this.maskOf(object).runs));
    }
  }

  /** Shows the prompts of the draft, or of a single selected object, and those on their way. */
  renderPrompts() {
    const { editor, scene } = this;
    const { draft, document: { pending } } = editor;
    scene.showPrompts({
      points: draft?.points ?? [], labels: draft?.labels ?? [], box: draft?.box ?? null,
      pending,
    });
  }

  /** The object on top at a place of the image, the smallest first; null for none. */
  objectAt({ x, y }) {
    const { document } = this.editor;
    const [height, width] = document.paintSize;
    const [u, v] = [Math.floor(x * width / document.info.width), Math.floor(y * height / document.info.height)];
    const here = document.now.objects.filter(object => object.visible && this.maskOf(object).hasPixel(u, v));
    return here.sort((a, b) => this.maskOf(a).area - this.maskOf(b).area)[0] ?? null;
  }
}
