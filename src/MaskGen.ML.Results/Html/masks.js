import { decodeCocoRle, holds } from "./runs.js";

/** One mask: its figures, and its pixels as runs in column-major order, unpacked when they are first needed. */
export class Mask {
  constructor(record, index, height) {
    Object.assign(this, record);
    this.index = index;
    this.height = height;
    this.decoded = null;
  }

  /** Column-major positions: start and end of the first run, of the second, and so on. */
  get runs() {
    return this.decoded ??= decodeCocoRle(this.counts);
  }

  /** Whether the pixel is set; column-major position. */
  has(position) {
    return holds(this.runs, position);
  }

  hasPixel(x, y) {
    const [left, top, width, height] = this.bbox;
    return x >= left && y >= top && x < left + width && y < top + height && this.has(x * this.height + y);
  }
}

/** Which of the shown masks lies on top at each pixel: column-major, number of the mask plus 1, 0 for none. */
export class LabelBuffer {
  constructor(masks, width, height) {
    this.size = width * height;
    this.labels = this.next = null;
    this.setMasks(masks);
  }

  /** Takes other masks; the labels stay those of the ones before until these are painted. */
  setMasks(masks) {
    const Labels = masks.length < 65535 ? Uint16Array : Uint32Array;
    if (!(this.next instanceof Labels)) {
      this.labels = new Labels(this.labels ?? this.size);
      this.next = new Labels(this.size);
    }
    this.bottomToTop = [...masks].sort((a, b) => b.area - a.area || b.index - a.index);
  }

  /** Lays the masks over each other, smaller ones on top; pauses after each of them, and changes the labels only at the end. */
  *paint(visible) {
    const labels = this.next;
    labels.fill(0);
    for (const mask of this.bottomToTop) {
      if (!visible.has(mask)) {
        continue;
      }
      const runs = mask.runs;
      const label = mask.index + 1;
      for (let i = 0; i < runs.length; i += 2) {
        const end = runs[i + 1];
        // A call costs more than a few assignments.
        if (end - runs[i] < 24) {
          for (let position = runs[i]; position < end; position++) {
            labels[position] = label;
          }
        } else {
          labels.fill(label, runs[i], end);
        }
      }
      yield;
    }
    [this.labels, this.next] = [labels, this.labels];
  }
}
