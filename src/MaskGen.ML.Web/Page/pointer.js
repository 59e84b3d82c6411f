const SLOP = 4; // Pixels of the screen that a click may wander.
const LONG_PRESS = 500;

/** Turns what pointers do over the image into acts: click, exclude, box, corner, stroke, pan, pinch.
 * @param act `click(place, event, label)`, `box(box, event)`, `stroke(points, event)`, `hover(place, event)`, `leave()`, `band(box)`,
 * `select(place)`, `strokes()` whether the tool draws. */
export class Pointer {
  constructor(scene, act) {
    this.scene = scene;
    this.act = act;
    this.isSpaceDown = false;
    this.down = null;
    this.touches = new Map();
    const { frame, viewport } = scene;
    frame.addEventListener("pointerdown", event => this.#press(event));
    frame.addEventListener("pointermove", event => this.#move(event));
    frame.addEventListener("pointerup", event => this.#release(event));
    frame.addEventListener("pointercancel", event => this.#leave(event, true));
    frame.addEventListener("pointerleave", event => this.#leave(event, false));
    frame.addEventListener("contextmenu", event => event.preventDefault());
    viewport.addEventListener("wheel", event => {
      // With Shift the wheel scrolls, as everywhere.
      if (event.shiftKey) {
        return;
      }
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
      scene.zoomTo(scene.zoom * Math.exp(-lines * event.deltaY / (event.ctrlKey ? 100 : 300)), event.clientX, event.clientY);
    }, { passive: false });
    // The middle button would scroll by itself.
    viewport.addEventListener("mousedown", event => event.button === 1 && event.preventDefault());
  }

  /** Space held makes every drag move the image. */
  setSpace(isDown) {
    this.isSpaceDown = isDown;
    this.scene.frame.classList.toggle("pan", isDown);
  }

  /** Gives up what is being drawn. */
  cancel() {
    this.#forget();
  }

  #press(event) {
    if (event.pointerType === "touch") {
      this.touches.set(event.pointerId, event);
      if (this.touches.size === 2) {
        this.#forget();
        this.#beginPinch();
        return;
      }
    }
    if (this.down || this.pinch) {
      return;
    }
    const isPan = event.button === 1 || event.button === 0 && this.isSpaceDown;
    const { viewport } = this.scene;
    const place = this.scene.placeAt(event);
    this.down = {
      id: event.pointerId, x: event.clientX, y: event.clientY, left: viewport.scrollLeft, top: viewport.scrollTop, place, moved: false,
      kind: isPan ? "pan" : event.button === 2 ? "exclude" : event.ctrlKey || event.metaKey ? "select" : this.act.strokes() ? "stroke" : "click",
      corner: null, points: [[place.x + 0.5, place.y + 0.5]],
    };
    if (this.down.kind === "click") {
      this.down.corner = this.scene.cornerAt(event, event.pointerType === "touch" ? 22 : 10);
      if (event.pointerType === "touch") {
        this.down.timer = setTimeout(() => this.#pressedLong(event), LONG_PRESS);
      }
    }
    if (this.down.kind === "stroke") {
      this.act.stroking(this.down.points);
    }
    // A pointer that a test or a program makes cannot be captured.
    try {
      this.scene.frame.setPointerCapture(event.pointerId);
    } catch {
      // What follows then comes only while the pointer is over the image.
    }
  }

  #pressedLong(event) {
    if (this.down && !this.down.moved) {
      const { place } = this.down;
      this.#forget();
      navigator.vibrate?.(20);
      this.act.click(place, event, 0);
    }
  }

  #move(event) {
    if (this.touches.has(event.pointerId)) {
      this.touches.set(event.pointerId, event);
    }
    if (this.pinch) {
      this.#pinchOn();
      return;
    }
    const { down, scene } = this;
    if (!down) {
      if (event.pointerType !== "touch") {
        this.act.hover(scene.placeAt(event), event);
      }
      return;
    }
    if (event.pointerId !== down.id) {
      return;
    }
    down.moved ||= Math.hypot(event.clientX - down.x, event.clientY - down.y) > SLOP;
    if (down.moved) {
      clearTimeout(down.timer);
    }
    if (down.kind === "stroke") {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const part of events.length ? events : [event]) {
        const { x, y } = scene.placeAt(part);
        const last = down.points.at(-1);
        if (last[0] !== x + 0.5 || last[1] !== y + 0.5) {
          down.points.push([x + 0.5, y + 0.5]);
        }
      }
      this.act.hover(scene.placeAt(event), event);
      this.act.stroking(down.points);
    } else if (down.moved && down.kind === "pan") {
      scene.viewport.scrollTo(down.left - event.clientX + down.x, down.top - event.clientY + down.y);
      scene.frame.classList.add("grabbing");
    } else if (down.moved && down.kind === "click") {
      this.act.band(this.#box(event));
    }
  }

  #box(event) {
    const { place, corner } = this.down;
    const here = this.scene.placeAt(event);
    if (corner !== null) {
      const [left, top, right, bottom] = this.scene.shown.box;
      const [fixedX, fixedY] = [corner === 0 || corner === 3 ? right : left, corner < 2 ? bottom : top];
      return ordered(fixedX, fixedY, here.x, here.y);
    }
    return ordered(place.x, place.y, here.x, here.y);
  }

  #release(event) {
    this.touches.delete(event.pointerId);
    if (this.pinch) {
      if (this.touches.size === 0) {
        this.pinch = null;
      }
      return;
    }
    const { down } = this;
    if (!down || event.pointerId !== down.id) {
      return;
    }
    const box = down.moved && down.kind === "click" ? this.#box(event) : null;
    this.#forget();
    if (down.kind === "stroke") {
      this.act.stroke(down.points, event);
    } else if (box) {
      if (box[2] > box[0] && box[3] > box[1]) {
        this.act.box(box, event, down.corner !== null);
      }
    } else if (!down.moved && down.corner === null) {
      if (down.kind === "select") {
        this.act.select(down.place, event);
      } else if (down.kind !== "pan") {
        this.act.click(down.place, event, down.kind === "exclude" || event.altKey ? 0 : 1);
      }
    }
  }

  #leave(event, isCancelled) {
    if (isCancelled) {
      this.touches.delete(event.pointerId);
      this.#forget();
      this.pinch = this.touches.size ? this.pinch : null;
    }
    if (!this.down) {
      this.act.leave();
    }
  }

  #forget() {
    if (this.down) {
      clearTimeout(this.down.timer);
      if (this.down.kind === "stroke") {
        this.act.stroking(null);
      }
      this.down = null;
      this.act.band(null);
    }
    this.scene.frame.classList.remove("grabbing");
  }

  #beginPinch() {
    const [a, b] = [...this.touches.values()];
    this.pinch = { length: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), zoom: this.scene.zoom, x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
  }

  // Two fingers move the image and zoom it; what was under their middle stays there.
  #pinchOn() {
    if (this.touches.size < 2) {
      return;
    }
    const [a, b] = [...this.touches.values()];
    const [x, y] = [(a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
    this.scene.viewport.scrollBy(this.pinch.x - x, this.pinch.y - y);
    this.pinch.x = x;
    this.pinch.y = y;
    const length = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    this.scene.zoomTo(this.pinch.zoom * length / Math.max(1, this.pinch.length), x, y);
  }
}

function ordered(x0, y0, x1, y1) {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}
