const STEP = 10; // Pixels of the screen that an arrow key moves the crosshair.

/** The keyboard: one table of keys, and the crosshair that places points without a pointer. */
export class Shortcuts {
  /** @param act What keys do, see `main.js`. */
  constructor(scene, editor, pointer, act) {
    Object.assign(this, { scene, editor, pointer, act });
    this.crosshair = null;
    this.isFresh = false; // Whether the crosshair has moved since its last point.
    this.corner = null;
    addEventListener("keydown", event => this.#down(event));
    addEventListener("keyup", event => event.key === " " && pointer.setSpace(false));
    addEventListener("blur", () => pointer.setSpace(false));
    scene.viewport.addEventListener("pointermove", () => this.hide());
  }

  /** Takes the crosshair away, as a pointer does. */
  hide() {
    if (this.crosshair) {
      this.crosshair = this.corner = null;
      this.isFresh = false;
      this.scene.showCrosshair(null);
      this.scene.showBand(null);
    }
  }

  #down(event) {
    const { target } = event;
    if (event.defaultPrevented || event.isComposing || target.closest?.("dialog") || document.querySelector("dialog[open]") || !this.editor.document) {
      return;
    }
    const isText = target.matches?.("input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea, select");
    if (isText) {
      return;
    }
    const isOnStage = target === this.scene.viewport || target === document.body;
    const isOnControl = !isOnStage && target.matches?.("button, input, a, summary, label");
    if (this.#withControl(event) || event.ctrlKey || event.metaKey) {
      return;
    }
    if (isOnStage && this.#onStage(event)) {
      event.preventDefault();
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    // What a control needs of the keyboard is its own: Enter and Space press it, digits and arrows move a slider.
    if (isOnControl && (key === "Enter" || key === " ") || target.type === "range" && /^[0-9]$|^Arrow|^Home$|^End$|^Page/.test(key)) {
      return;
    }
    if (/^[1-9]$/.test(key) && !event.altKey) {
      this.act.digit(Number(key));
      event.preventDefault();
      return;
    }
    const action = event.altKey ? undefined : this.act.keys[key];
    if (action) {
      event.preventDefault();
      action(event);
    }
  }

  #withControl(event) {
    if (!event.ctrlKey && !event.metaKey) {
      return false;
    }
    const key = event.key.toLowerCase();
    const action = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : key === "enter" ? "acceptImage" : key === "a" ? "selectAll" : null;
    if (!action) {
      return false;
    }
    event.preventDefault();
    this.act[action]();
    return true;
  }

  // Keys that mean something only while the image has the keyboard; true if this was one.
  #onStage(event) {
    const { key } = event;
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (directions[key]) {
      this.#moveCrosshair(directions[key], event.shiftKey);
    } else if (key === "Tab") {
      // Only where there is something to step through, and never backwards: the keyboard can always leave.
      if (event.shiftKey || (this.editor.draft?.candidates.length ?? 0) < 2) {
        return false;
      }
      this.editor.chooseNext();
    } else if (key === "Enter") {
      if (this.crosshair && (this.isFresh || event.altKey || event.shiftKey)) {
        this.isFresh = false;
        this.act.place(this.crosshair, event.altKey ? 0 : 1, event.shiftKey);
      } else {
        this.act.accept();
      }
    } else if (key === " ") {
      this.pointer.setSpace(true);
    } else if (key.toLowerCase() === "c" && this.crosshair && !event.altKey) {
      this.#setCorner(event.shiftKey);
    } else {
      return false;
    }
    return true;
  }

  #moveCrosshair([right, down], isSmall) {
    const { scene } = this;
    const { width, height } = scene;
    // Begins in the middle of what is seen.
    const port = scene.viewport.getBoundingClientRect();
    const start = this.crosshair ?? scene.placeAt({ clientX: port.left + port.width / 2, clientY: port.top + port.height / 2 });
    const step = isSmall ? 1 : Math.max(1, Math.round(STEP * scene.unit));
    const place = this.crosshair
      ? { x: Math.min(width - 1, Math.max(0, start.x + right * step)), y: Math.min(height - 1, Math.max(0, start.y + down * step)) }
      : start;
    this.crosshair = place;
    this.isFresh = true;
    scene.showCrosshair(place);
    scene.reveal({ bbox: [place.x, place.y, 1, 1] });
    if (this.corner) {
      scene.showBand(boxOf(this.corner, place));
    }
    this.act.moved(place);
  }

  #setCorner(startsNew) {
    if (!this.corner) {
      this.corner = this.crosshair;
      this.act.say("First corner. Move, then C again.");
      return;
    }
    const box = boxOf(this.corner, this.crosshair);
    this.corner = null;
    this.isFresh = false;
    this.scene.showBand(null);
    if (box[2] > box[0] && box[3] > box[1]) {
      this.act.box(box, startsNew);
    }
  }
}

function boxOf(a, b) {
  return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}
