/** An image in a scrolled room: fitted to it or zoomed, with places of the window turned into pixels. */
export class View {
  /** @param viewport The element that scrolls. @param frame The element in it that has the image's shape. */
  constructor(viewport, frame, width, height) {
    this.viewport = viewport;
    this.frame = frame;
    this.zoom = 1;
    this.setSize(width, height);
    new ResizeObserver(() => this.fit()).observe(viewport);
  }

  /** Takes an image of another size, fitted to the room. */
  setSize(width, height) {
    this.width = width;
    this.height = height;
    this.zoom = 1;
    this.frame.style.setProperty("--aspect", width / height);
    this.fit();
  }

  /** The pixel under the pointer, or null outside the image. */
  pixelAt(event) {
    const box = this.frame.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left) / box.width * this.width);
    const y = Math.floor((event.clientY - box.top) / box.height * this.height);
    return x >= 0 && y >= 0 && x < this.width && y < this.height ? { x, y } : null;
  }

  /** Sizes the image to the room there is, times the zoom. */
  fit() {
    const style = getComputedStyle(this.viewport);
    const room = this.viewport.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const high = this.viewport.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    // A page that grows with its content has no height of its own to fit into.
    const whole = high > 80 ? Math.min(room / this.width, high / this.height) : room / this.width;
    // Pixels of the page per pixel of the image. Asking the frame for its size instead would make the browser lay the page out.
    const scale = this.scale = Math.max(whole, 1 / this.width) * this.zoom;
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
