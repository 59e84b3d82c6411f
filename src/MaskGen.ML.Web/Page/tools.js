import { element } from "./dom.js";

const LEAST_RADIUS = 1;
const LARGEST_RADIUS = 500;
const SPOKEN = { point: "Click and box.", brush: "Brush.", eraser: "Eraser." };

/** What the pointer does: "point" clicks and draws boxes, "brush" and "eraser" draw strokes of a radius in pixels of the image. */
export class Tools extends EventTarget {
  constructor(scene, editor, announcer) {
    super();
    Object.assign(this, { scene, editor, announcer });
    this.name = "point";
    this.radius = 0;
    this.place = null;
    for (const name of Object.keys(SPOKEN)) {
      element(`tool-${name}`).addEventListener("click", () => this.choose(name));
    }
  }

  get isBrush() {
    return this.name !== "point";
  }

  /** Takes up a tool; tells it by the event `change`. */
  choose(name) {
    this.name = name;
    for (const other of Object.keys(SPOKEN)) {
      element(`tool-${other}`).setAttribute("aria-pressed", other === name);
    }
    element("frame").classList.toggle("brushing", this.isBrush);
    this.#showBrush();
    this.dispatchEvent(new Event("change"));
    this.announcer.say(SPOKEN[name]);
  }

  /** A radius that suits an image. */
  fit({ width, height }) {
    this.radius = Math.max(3, Math.round(Math.max(width, height) / 80));
  }

  resize(factor) {
    const grown = factor > 1 ? Math.ceil(this.radius * factor) : Math.floor(this.radius * factor);
    this.radius = Math.min(LARGEST_RADIUS, Math.max(LEAST_RADIUS, grown));
    this.#showBrush();
    this.announcer.note(`Brush of ${2 * this.radius} pixels.`);
  }

  /** Shows the brush where the pointer is; null where it is not on the image. */
  move(place) {
    this.place = place;
    this.#showBrush();
  }

  #showBrush() {
    const { place, radius } = this;
    this.scene.showBrush(this.isBrush && place ? { x: place.x + 0.5, y: place.y + 0.5, radius } : null);
  }

  /** Shows the stroke that is being drawn; null when there is none any more. */
  showStroke(points) {
    this.scene.showStroke(points && { points, radius: this.radius, erases: this.name === "eraser" });
  }

  /** Draws a stroke, which stays to be seen until the mask with it comes. */
  stroke(points) {
    this.showStroke(points);
    this.editor.stroke(points, this.radius, this.name === "eraser");
  }

  /** What the pointer does, as keys and what they are for. */
  get hints() {
    if (this.isBrush) {
      return [["Drag", this.name === "brush" ? "paint" : "erase"], ["[ ]", "size"], ["V", "back to clicking"]];
    }
    if (matchMedia("(hover: none)").matches) {
      return [["Tap", "an object"], ["Hold", "to exclude"], ["Drag", "a box"]];
    }
    return [["Click", "an object"], ["Drag", "a box"], ["Right click", "exclude"], ["Shift", "new object"], ["?", "all keys"]];
  }
}
