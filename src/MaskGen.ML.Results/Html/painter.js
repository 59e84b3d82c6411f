import { LabelBuffer } from "./masks.js";

const EDGE = 0.75; // How dark the edge around an outline is.
const SLICE = 8; // Milliseconds of painting at a time: what a frame can spare.
const STRIDE = 1 << 17; // Pixels coloured between two looks at the clock.

/** Lays masks over the image in their colours, smaller ones on top, outlined as overlays are. */
export class Painter {
  /** @param layer Where to. @param lines Widths of the lines around a mask: `edge` of the dark one, `outline` of the coloured one, in pixels. */
  constructor(layer, masks, lines) {
    this.layer = layer;
    this.height = layer.height;
    this.buffer = new LabelBuffer([], layer.width, layer.height);
    this.edge = lines.edge;
    this.outline = lines.edge + lines.outline;
    this.opacity = 0.5;
    this.lit = null;
    this.wanted = null;
    this.faded = false;
    this.painting = null;
    this.scheduled = 0;
    this.setMasks(masks);
  }

  /** Takes other masks of the same image, whose numbers are their places; what is seen stays until they are drawn. */
  setMasks(masks) {
    this.buffer.setMasks(masks);
    // What is half painted belongs to the masks before.
    this.painting = null;
    this.lit = null;
    this.fills = masks.map(mask => mask.fill);
    // By label; what lies lower has a smaller one, and no mask the smallest.
    this.ranks = new Uint32Array(masks.length + 1);
    this.buffer.bottomToTop.forEach((mask, rank) => this.ranks[mask.index + 1] = rank + 1);
    this.colors = Uint32Array.from(masks, mask => wordOf(mask.color));
  }

  /** Paints a set of masks. Thousands take longer than a frame, so this goes on in slices, and the image follows the controls. */
  draw(visible) {
    this.wanted = visible;
    this.#paintOn();
  }

  /** Paints the same masks with another opacity. */
  fade(opacity) {
    this.opacity = opacity;
    this.faded = true;
    this.#paintOn();
  }

  /** Whether the image shows what was asked for last. */
  get isPainted() {
    return !this.painting && !this.wanted && !this.faded;
  }

  /** Paints what is left to paint in one go. */
  finish() {
    cancelAnimationFrame(this.scheduled);
    this.scheduled = 0;
    this.#paintOn(Infinity);
  }

  // What is begun is finished before a newer wish is taken up: a slider that never rests would otherwise hold the image still.
  #paintOn(slice = SLICE) {
    if (this.scheduled) {
      return;
    }
    const end = performance.now() + slice;
    while (!this.isPainted) {
      this.painting ??= this.#paint();
      if (this.painting.next().done) {
        this.painting = null;
      } else if (performance.now() >= end) {
        this.scheduled = requestAnimationFrame(() => {
          this.scheduled = 0;
          this.#paintOn();
        });
        return;
      }
    }
  }

  *#paint() {
    const visible = this.wanted;
    this.wanted = null;
    if (visible) {
      yield* this.buffer.paint(visible);
    }
    this.faded = false;
    const end = this.buffer.labels.length;
    const tints = this.#tints();
    for (let from = 0; from < end; from += STRIDE) {
      this.#color(from, Math.min(end, from + STRIDE), tints);
      yield;
    }
    this.#clear(this.lit);
    this.layer.show();
  }

  // By label: the colour inside a mask and on its outline; and the dark edge around that. Half way up the opacity is that of overlays.
  #tints() {
    const alpha = share => Math.round(255 * Math.min(1, 2 * this.opacity * share)) << 24;
    return {
      inner: Uint32Array.from(this.fills, (fill, index) => this.colors[index] | alpha(fill)),
      outline: this.colors.map(color => color | alpha(1)),
      edge: alpha(EDGE),
    };
  }

  // From the outside in: a dark edge, the outline, the fill. Where masks meet, the one on top has the outline; the image's edge has none.
  #color(from, end, tints) {
    const labels = this.buffer.labels;
    const words = this.layer.words;
    const { height, edge, outline } = this;
    const [far, last] = [outline * height, labels.length];
    for (let i = from, y = from % height; i < end; i++, y = y + 1 === height ? 0 : y + 1) {
      const label = labels[i];
      if (label === 0) {
        words[i] = 0;
        continue;
      }
      // Most pixels lie deep inside their mask, which is soon seen where the image's edge is far.
      if (y >= outline && y + outline < height && i >= far && i + far < last
        && labels[i - outline] === label && labels[i + outline] === label && labels[i - far] === label && labels[i + far] === label
        && labels[i - edge] === label && labels[i + edge] === label && labels[i - edge * height] === label && labels[i + edge * height] === label) {
        words[i] = tints.inner[label - 1];
      } else if (this.#isNearLower(labels, i, y, edge)) {
        words[i] = tints.edge;
      } else {
        words[i] = this.#isNearLower(labels, i, y, outline) ? tints.outline[label - 1] : tints.inner[label - 1];
      }
    }
  }

  // Whether something that lies lower than the mask at a pixel is seen at that distance along its row or column.
  #isNearLower(labels, i, y, distance) {
    const { height, ranks } = this;
    const rank = ranks[labels[i]];
    const far = distance * height;
    return (y >= distance && ranks[labels[i - distance]] < rank) || (y + distance < height && ranks[labels[i + distance]] < rank)
      || (i >= far && ranks[labels[i - far]] < rank) || (i + far < labels.length && ranks[labels[i + far]] < rank);
  }

  // Takes all colour from the pixels of a mask.
  #clear(mask) {
    if (mask) {
      this.layer.fill(0, mask.runs);
    }
  }

  /** Leaves the image bare inside one mask, where the colours of others would hide what it holds, and colours the one before again. */
  bare(mask) {
    const before = this.lit;
    this.lit = mask;
    if (mask === before) {
      return;
    }
    const runs = before?.runs ?? [];
    const tints = this.#tints();
    for (let i = 0; i < runs.length; i += 2) {
      this.#color(runs[i], runs[i + 1], tints);
    }
    this.#clear(mask);
    for (const changed of [before, mask]) {
      if (changed) {
        this.layer.show(changed.bbox);
      }
    }
  }
}

/** A colour such as `#2ca1f6` as a little-endian word without opacity. */
export function wordOf(color) {
  const rgb = parseInt(color.slice(1), 16);
  return ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
}
