import { wordOf, Painter } from "../shared/painter.js";
import { Layer } from "../shared/layer.js";
import { View } from "../shared/view.js";
import { draw } from "./dom.js";
import { forEachRim, measure } from "./shapes.js";

const WHITE = 0xffffffff;
const DARK = 0xb0140e0c; // Little-endian ABGR.
const TINT = 0x70000000; // How opaque the inside of the object in work is.
const DASH = 3; // A dash is two to this power pixels of the screen long.
const HANDLE = 7; // Half a corner handle, in pixels of the screen.

/** The image with what lies on it, from below: the objects, the one in work or the rims of the selected ones, what a click would give, and
 * prompts. Masks come as runs of the painted picture, everything else in pixels of the image. */
export class Scene extends View {
  constructor(parts) {
    super(parts.viewport, parts.frame, 1, 1);
    this.image = parts.image;
    this.svg = parts.svg;
    this.overlay = new Layer(parts.overlay, 1, 1);
    this.work = { layer: new Layer(parts.work, 1, 1), runs: [], box: null };
    this.ghost = { layer: new Layer(parts.ghost, 1, 1), runs: [], box: null };
    this.painter = new Painter(this.overlay, [], { edge: 1, outline: 1 });
    this.groups = {};
    for (const name of ["prompts", "stroke", "band", "crosshair", "brush"]) {
      this.groups[name] = this.svg.appendChild(draw("g", { class: name }));
    }
    this.shown = { points: [], labels: [], box: null, pending: [] };
    this.marks = { crosshair: null, brush: null, band: null };
    this.ready = true;
    this.fit();
  }

  /** Takes an image: its size and that of the picture that is painted, height and width each. */
  setImage([height, width], [paintHeight, paintWidth]) {
    this.setSize(width, height);
    this.paintHeight = paintHeight;
    for (const layer of [this.overlay, this.work.layer, this.ghost.layer]) {
      layer.setSize(paintWidth, paintHeight);
    }
    this.work.runs = this.ghost.runs = [];
    this.work.box = this.ghost.box = null;
    const longest = Math.max(paintWidth, paintHeight);
    // As in overlays.
    this.painter = new Painter(this.overlay, [], { edge: Math.max(1, Math.round(longest / 900)), outline: Math.max(1, Math.round(longest / 380)) });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.showPrompts({ points: [], labels: [], box: null, pending: [] });
  }

  fit() {
    super.fit();
    if (this.ready) {
      this.#drawPrompts();
      this.#drawMarks();
    }
  }

  /** Pixels of the image per pixel of the screen. */
  get unit() {
    return 1 / this.scale;
  }

  /** Lays masks over the image; only those of a set are seen. */
  setMasks(masks, visible) {
    this.painter.setMasks(masks);
    this.painter.draw(visible);
  }

  /** Shows the object in work: filled in a colour, with a white rim. */
  showDraft(runs, color) {
    this.#repaint(this.work, runs, words => {
      this.work.layer.fill(wordOf(color) | TINT, runs);
      this.#rim(words, runs, 2, () => DARK);
      this.#rim(words, runs, 1, () => WHITE);
    });
  }

  /** Shows the rims of objects alone. */
  showSelected(shapes) {
    const runs = shapes.length === 1 ? shapes[0] : joined(shapes);
    this.#repaint(this.work, runs, words => shapes.forEach(shape => {
      this.#rim(words, shape, 2, () => DARK);
      this.#rim(words, shape, 1, () => WHITE);
    }));
  }

  /** Shows what a click would give, by a dashed outline; null for nothing. */
  showGhost(runs) {
    const shift = DASH + Math.max(0, Math.round(Math.log2(this.#perPixel)));
    const height = this.paintHeight;
    this.#repaint(this.ghost, runs ?? [], words => this.#rim(words, runs, 1, position => {
      const x = Math.floor(position / height);
      return ((x + position - x * height) >> shift) & 1 ? WHITE : DARK;
    }));
  }

  // Pixels of the picture per pixel of the screen.
  get #perPixel() {
    return this.paintHeight / (this.height * this.scale);
  }

  // Only what was and what will be is touched: an image has millions of pixels, an object seldom.
  #repaint(target, runs, paint) {
    target.layer.fill(0, target.runs);
    const box = runs.length ? measure(runs, this.paintHeight).bbox : null;
    if (runs.length) {
      paint(target.layer.words);
    }
    const dirty = union(target.box, box);
    target.runs = runs;
    target.box = box;
    if (dirty) {
      target.layer.show(dirty);
    }
  }

  // Colours the pixels of a shape that lie next to its outside.
  #rim(words, runs, thickness, wordAt) {
    const deep = Math.max(1, Math.round(1.5 * thickness * this.#perPixel));
    const height = this.paintHeight;
    const plain = wordAt.length === 0 ? wordAt() : null;
    for (const distance of [deep, -deep, deep * height, -deep * height]) {
      forEachRim(runs, distance, (start, end) => {
        if (plain !== null) {
          words.fill(plain, start, end);
        } else {
          for (let position = start; position < end; position++) {
            words[position] = wordAt(position);
          }
        }
      });
    }
  }

  /** Shows prompts: `points` and their `labels`, a `box`, and more of the same that are `pending`. */
  showPrompts(prompts) {
    this.shown = prompts;
    this.#drawPrompts();
  }

  #drawPrompts() {
    const unit = this.unit;
    const { points, labels, box, pending } = this.shown;
    const last = pending.findLast(prompt => prompt.box)?.box ?? null;
    const drawn = [];
    if (last ?? box) {
      drawn.push(...this.#box(last ?? box, unit, last !== null));
    }
    points.forEach((point, index) => drawn.push(marker(point, labels[index], unit, false)));
    for (const prompt of pending) {
      prompt.points.forEach((point, index) => drawn.push(marker(point, prompt.labels[index], unit, true)));
    }
    this.groups.prompts.replaceChildren(...drawn);
  }

  #box([left, top, right, bottom], unit, isPending) {
    const size = HANDLE * unit;
    const corners = isPending ? [] : [[left, top], [right, top], [right, bottom], [left, bottom]];
    const place = { x: left, y: top, width: right - left, height: bottom - top };
    return [
      draw("rect", { ...place, class: "box under", "stroke-width": 4 * unit }),
      draw("rect", { ...place, class: isPending ? "box pending" : "box", "stroke-width": 2 * unit, "stroke-dasharray": `${6 * unit} ${isPending ? 4 * unit : 0}` }),
      ...corners.map(([x, y]) => draw("rect", { class: "handle", x: x - size / 2, y: y - size / 2, width: size, height: size, rx: 1.5 * unit, "stroke-width": 1.5 * unit })),
    ];
  }

  /** Which corner of the draft's box lies under a place of the window: 0 to 3 from the top left, clockwise; null for none. */
  cornerAt({ clientX, clientY }, reach) {
    const { box, pending } = this.shown;
    if (!box || pending.length) {
      return null;
    }
    const frame = this.frame.getBoundingClientRect();
    const [left, top, right, bottom] = box;
    const found = [[left, top], [right, top], [right, bottom], [left, bottom]].findIndex(([x, y]) =>
      Math.hypot(frame.left + x / this.unit - clientX, frame.top + y / this.unit - clientY) <= reach);
    return found < 0 ? null : found;
  }

  /** Shows a box that is being drawn; null for none. */
  showBand(box) {
    this.marks.band = box;
    this.#drawMarks();
  }

  /** Shows the keyboard's crosshair; null for none. */
  showCrosshair(place) {
    this.marks.crosshair = place;
    this.#drawMarks();
  }

  /** Shows the brush: a place and a radius; null for none. */
  showBrush(brush) {
    this.marks.brush = brush;
    this.#drawMarks();
  }

  /** Shows a stroke that is being drawn or waits for its answer; null for none. */
  showStroke(stroke) {
    const drawn = [];
    if (stroke) {
      const points = (stroke.points.length > 1 ? stroke.points : [stroke.points[0], stroke.points[0]]).map(point => point.join(",")).join(" ");
      drawn.push(draw("polyline", { points, class: stroke.erases ? "erasing" : "painting", "stroke-width": 2 * stroke.radius }));
    }
    this.groups.stroke.replaceChildren(...drawn);
  }

  #drawMarks() {
    const unit = this.unit;
    const { crosshair, brush, band } = this.marks;
    this.groups.band.replaceChildren(...band ? this.#box(band, unit, true) : []);
    this.groups.brush.replaceChildren(...brush ? ["under", "over"].map(name => draw("circle", { class: name, cx: brush.x, cy: brush.y, r: brush.radius, "stroke-width": (name === "under" ? 3 : 1.2) * unit })) : []);
    const lines = [];
    if (crosshair) {
      const { x, y } = crosshair;
      const [near, far] = [5 * unit, 18 * unit];
      for (const name of ["under", "over"]) {
        lines.push(draw("path", {
          class: name, "stroke-width": (name === "under" ? 4 : 1.6) * unit,
          d: `M${x - far} ${y}H${x - near}M${x + near} ${y}H${x + far}M${x} ${y - far}V${y - near}M${x} ${y + near}V${y + far}`,
        }));
      }
      lines.push(draw("circle", { class: "dot", cx: x, cy: y, r: 1.6 * unit }));
    }
    this.groups.crosshair.replaceChildren(...lines);
  }

  /** The place of the image under the pointer, within the image: pixels, whole ones. */
  placeAt(event) {
    const box = this.frame.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left) / box.width * this.width);
    const y = Math.floor((event.clientY - box.top) / box.height * this.height);
    return { x: Math.min(this.width - 1, Math.max(0, x)), y: Math.min(this.height - 1, Math.max(0, y)) };
  }
}

// A point says by its shape what it is, not by its colour alone: a plus includes, a minus excludes.
function marker([x, y], label, unit, isPending) {
  const arm = 3.6 * unit;
  const place = { cx: x + 0.5, cy: y + 0.5 };
  const sign = `M${x + 0.5 - arm} ${y + 0.5}H${x + 0.5 + arm}${label === 0 ? "" : `M${x + 0.5} ${y + 0.5 - arm}V${y + 0.5 + arm}`}`;
  return draw("g", { class: `point ${label === 0 ? "exclude" : "include"}${isPending ? " pending" : ""}` },
    draw("circle", { ...place, r: 8.5 * unit, class: "under" }),
    draw("circle", { ...place, r: 7 * unit }),
    draw("path", { d: sign, "stroke-width": 2 * unit }));
}

function union(a, b) {
  if (!a || !b) {
    return a ?? b;
  }
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  return [left, top, Math.max(a[0] + a[2], b[0] + b[2]) - left, Math.max(a[1] + a[3], b[1] + b[3]) - top];
}

// Runs of several shapes, one after the other: enough to clear them by.
function joined(shapes) {
  const runs = new Uint32Array(shapes.reduce((length, shape) => length + shape.length, 0));
  let at = 0;
  for (const shape of shapes) {
    runs.set(shape, at);
    at += shape.length;
  }
  return runs;
}
