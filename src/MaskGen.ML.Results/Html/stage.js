import { Layer } from "./layer.js";
import { Painter } from "./painter.js";
import { View } from "./view.js";

const SCRIM = 0x8c0a0806; // Little-endian ABGR: a dark veil over all but the mask in question.
const RIM = 0xffffffff;

/** The image with its layers: all masks, the one in question, its prompts; pointing, zooming, panning. */
export class Stage extends View {
  constructor(report, masks) {
    super(document.getElementById("viewport"), document.getElementById("frame"), report.width, report.height);
    this.overlay = new Layer(document.getElementById("overlay"), this.width, this.height);
    this.highlight = new Layer(document.getElementById("highlight"), this.width, this.height);
    this.painter = new Painter(this.overlay, masks, report);
    this.prompts = document.getElementById("prompts");
    this.prompts.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
  }

  /** Which mask lies on top at each pixel. */
  get buffer() {
    return this.painter.buffer;
  }

  /** Whether the image shows what was asked for last. */
  get isPainted() {
    return this.painter.isPainted;
  }

  /** Paints a set of masks, over several frames if they are many. */
  draw(visible) {
    this.frame.classList.toggle("masked", visible.size > 0);
    this.painter.draw(visible);
  }

  /** Paints the same masks with another opacity. */
  fade(opacity) {
    this.frame.classList.toggle("faded", opacity === 0);
    this.painter.fade(opacity);
  }

  /** Paints what is left to paint in one go. */
  finish() {
    this.painter.finish();
  }

  setVisible(visible) {
    this.overlay.canvas.hidden = !visible;
    this.frame.classList.toggle("hidden", !visible);
  }

  /** Lights one mask up, or none: a veil over everything else and a white outline. */
  light(mask) {
    this.highlight.canvas.style.opacity = mask ? 1 : 0;
    this.overlay.canvas.style.opacity = mask ? 0.25 : 1;
    this.frame.classList.toggle("lit", mask !== null);
    this.#drawPrompts(mask);
    this.painter.bare(mask);
    if (!mask) {
      return;
    }
    const words = this.highlight.words;
    words.fill(SCRIM);
    this.highlight.fill(0, mask.runs);
    this.#drawRim(mask, words, Math.max(1, Math.round(1.6 * this.width / this.frame.clientWidth)));
    this.highlight.show();
  }

  // Whitens the pixels of the mask from which the outside is within the thickness.
  #drawRim(mask, words, thickness) {
    const { width, height } = this;
    const runs = mask.runs;
    const rim = [];
    for (let i = 0; i < runs.length; i += 2) {
      for (let position = runs[i]; position < runs[i + 1]; position++) {
        const x = Math.floor(position / height);
        const y = position - x * height;
        if (y < thickness || words[position - thickness] === SCRIM || y + thickness >= height || words[position + thickness] === SCRIM
          || x < thickness || words[position - thickness * height] === SCRIM || x + thickness >= width || words[position + thickness * height] === SCRIM) {
          rim.push(position);
        }
      }
    }
    for (const position of rim) {
      words[position] = RIM;
    }
  }

  #drawPrompts(mask) {
    const unit = this.width / Math.max(1, this.frame.clientWidth);
    const points = (mask?.points ?? []).map(([x, y, label]) =>
      `<circle cx="${x}" cy="${y}" r="${5 * unit}" fill="${label === 0 ? "#e5484d" : "#30a46c"}" stroke="#fff" stroke-width="${2 * unit}"/>`);
    const box = mask?.box && `<rect x="${mask.box[0]}" y="${mask.box[1]}" width="${mask.box[2] - mask.box[0]}" height="${mask.box[3] - mask.box[1]}" fill="none" stroke="#ffd60a" stroke-width="${2 * unit}"/>`;
    this.prompts.innerHTML = (box ?? "") + points.join("");
  }

  /** The masks of a set that hold a pixel, the one on top first. Asked of the masks, as the painting may lag behind. */
  masksAt({ x, y }, visible) {
    return this.buffer.bottomToTop.filter(mask => mask.hasPixel(x, y) && visible.has(mask)).reverse();
  }
}
