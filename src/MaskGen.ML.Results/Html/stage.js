const SCRIM = 0x8c0a0806; // Little-endian ABGR: a dark veil over all but the mask in question.
const RIM = 0xffffffff;
const EDGE = 0.75; // How dark the edge around an outline is.
const SLICE = 8; // Milliseconds of painting at a time: what a frame can spare.
const STRIDE = 1 << 17; // Pixels coloured between two looks at the clock.

/** The image with its layers: all masks, the one in question, its prompts; pointing, zooming, panning. */
class Stage {
  constructor(report, masks) {
    this.width = report.width;
    this.height = report.height;
    this.buffer = new LabelBuffer(masks, this.width, this.height);
    this.viewport = document.getElementById("viewport");
    this.frame = document.getElementById("frame");
    this.overlay = this.#canvas("overlay");
    this.highlight = this.#canvas("highlight");
    this.prompts = document.getElementById("prompts");
    this.prompts.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.edge = report.edge;
    this.outline = report.edge + report.outline;
    this.fills = masks.map(mask => mask.fill);
    // By label; what lies lower has a smaller one, and no mask the smallest.
    this.ranks = new Uint32Array(masks.length + 1);
    this.buffer.bottomToTop.forEach((mask, rank) => this.ranks[mask.index + 1] = rank + 1);
    this.colors = Uint32Array.from(masks, mask => {
      const rgb = parseInt(mask.color.slice(1), 16);
      return ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
    });
    this.opacity = 0.5;
    this.lit = null;
    this.zoom = 1;
    this.frame.style.setProperty("--aspect", this.width / this.height);
    this.wanted = null;
    this.faded = false;
    this.painting = null;
    this.scheduled = 0;
    new ResizeObserver(() => this.fit()).observe(this.viewport);
    this.fit();
  }

  // A canvas as wide as the image is high: its rows are the image's columns.
  #canvas(id) {
    const canvas = document.getElementById(id);
    canvas.width = this.height;
    canvas.height = this.width;
    canvas.style.width = `${100 * this.height / this.width}%`;
    canvas.style.height = `${100 * this.width / this.height}%`;
    const context = canvas.getContext("2d");
    return { canvas, context, image: null };
  }

  // Pixels as 32-bit words; made once, since a large image takes megabytes.
  #words(layer) {
    layer.image ??= layer.context.createImageData(this.height, this.width);
    return layer.words ??= new Uint32Array(layer.image.data.buffer);
  }

  /** Paints a set of masks. Thousands take longer than a frame, so this goes on in slices, and the image follows the controls. */
  draw(visible) {
    this.wanted = visible;
    this.frame.classList.toggle("masked", visible.size > 0);
    this.#paintOn();
  }

  /** Paints the same masks with another opacity. */
  fade(opacity) {
    this.opacity = opacity;
    this.frame.classList.toggle("faded", opacity === 0);
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
    this.overlay.context.putImageData(this.overlay.image, 0, 0);
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
    const words = this.#words(this.overlay);
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
    const words = this.#words(this.overlay);
    const runs = mask?.runs ?? [];
    for (let i = 0; i < runs.length; i += 2) {
      words.fill(0, runs[i], runs[i + 1]);
    }
  }

  // Leaves the image bare inside one mask, where the colours of others would hide what it holds, and colours the one before again.
  #bare(mask) {
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
        const [left, top, width, height] = changed.bbox;
        this.overlay.context.putImageData(this.overlay.image, 0, 0, top, left, height, width);
      }
    }
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
    this.#bare(mask);
    if (!mask) {
      return;
    }
    const words = this.#words(this.highlight);
    words.fill(SCRIM);
    const runs = mask.runs;
    for (let i = 0; i < runs.length; i += 2) {
      words.fill(0, runs[i], runs[i + 1]);
    }
    this.#drawRim(mask, words, Math.max(1, Math.round(1.6 * this.width / this.frame.clientWidth)));
    this.highlight.context.putImageData(this.highlight.image, 0, 0);
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

  /** The pixel under the pointer, or null outside the image. */
  pixelAt(event) {
    const box = this.frame.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left) / box.width * this.width);
    const y = Math.floor((event.clientY - box.top) / box.height * this.height);
    return x >= 0 && y >= 0 && x < this.width && y < this.height ? { x, y } : null;
  }

  /** The masks of a set that hold a pixel, the one on top first. Asked of the masks, as the painting may lag behind. */
  masksAt({ x, y }, visible) {
    return this.buffer.bottomToTop.filter(mask => mask.hasPixel(x, y) && visible.has(mask)).reverse();
  }

  /** Sizes the image to the room there is, times the zoom. */
  fit() {
    const style = getComputedStyle(this.viewport);
    const room = this.viewport.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const high = this.viewport.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    // A page that grows with its content has no height of its own to fit into.
    const whole = high > 80 ? Math.min(room / this.width, high / this.height) : room / this.width;
    const scale = Math.max(whole, 1 / this.width) * this.zoom;
    this.frame.style.width = `${this.width * scale}px`;
    this.frame.style.height = `${this.height * scale}px`;
    this.frame.classList.toggle("close", scale >= 3);
  }

  /** Zooms; the point of the image under the given place of the window stays where it is. */
  zoomTo(zoom, clientX, clientY) {
    const before = this.frame.getBoundingClientRect();
    const port = this.viewport.getBoundingClientRect();
    const x = clientX ?? port.left + port.width / 2;
    const y = clientY ?? port.top + port.height / 2;
    const [u, v] = [(x - before.left) / before.width, (y - before.top) / before.height];
    this.zoom = Math.min(32, Math.max(1, zoom));
    this.fit();
    const after = this.frame.getBoundingClientRect();
    this.viewport.scrollBy(after.left + u * after.width - x, after.top + v * after.height - y);
  }
  /** Scrolls the zoomed image by parts of what is in sight of it. */
  pan(right, down) {
    this.viewport.scrollBy(right * this.viewport.clientWidth, down * this.viewport.clientHeight);
  }

  /** Scrolls the zoomed image just so far that a mask's box is in sight, or that the box fills the sight. */
  reveal(mask) {
    if (this.zoom === 1) {
      return;
    }
    const margin = 12;
    const frame = this.frame.getBoundingClientRect();
    const port = this.viewport.getBoundingClientRect();
    const scale = frame.width / this.width;
    const [left, top, width, height] = mask.bbox;
    const way = (from, length, room) => {
      const [start, end] = [from - margin, from + length + margin - room];
      return Math.min(Math.max(start, end), Math.max(Math.min(start, end), 0));
    };
    this.viewport.scrollBy(
      way(frame.left + left * scale - port.left, width * scale, this.viewport.clientWidth),
      way(frame.top + top * scale - port.top, height * scale, this.viewport.clientHeight));
  }
}
