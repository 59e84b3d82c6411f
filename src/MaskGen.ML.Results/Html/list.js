const ROW_HEIGHT = 60;

/** The list of shown masks. Only the rows in sight exist, so that thousands of masks cost no more than ten. */
export class MaskList {
  /** @param list The element that scrolls. @param rows The element in it that is as high as all rows. @param kind What a row is:
   * `make(mask)` gives its element; `mark(row, isActive, isPinned)` shows which it is; `name(list, row)` names the pinned one to the list. */
  constructor(list, rows, kind) {
    this.kind = kind;
    this.list = list;
    this.rows = rows;
    this.masks = [];
    this.places = new Map();
    this.made = new Map();
    this.active = null;
    this.pinned = null;
    this.whole = false;
    this.list.addEventListener("scroll", () => this.#fill(), { passive: true });
    new ResizeObserver(() => this.#fill()).observe(this.list);
  }

  /** Shows masks in their order; rows that are there already stay. */
  show(masks) {
    this.masks = masks;
    this.places = new Map(masks.map((mask, place) => [mask, place]));
    this.rows.style.height = `${masks.length * ROW_HEIGHT}px`;
    this.mark(this.active, this.pinned, false);
  }

  /** Makes every row anew. */
  redraw() {
    this.made.clear();
    this.rows.replaceChildren();
    this.mark(this.active, this.pinned, false);
  }

  /** Makes all rows, or only those in sight: paper has no scrolling. */
  setWhole(whole) {
    this.whole = whole;
    this.mark(this.active, this.pinned, false);
  }

  /** Marks the mask in question and the pinned one. */
  mark(active, pinned, scroll) {
    this.active = active;
    this.pinned = pinned;
    const place = this.places.get(active);
    if (place !== undefined && scroll) {
      const top = place * ROW_HEIGHT;
      const bottom = top + ROW_HEIGHT - this.list.clientHeight;
      this.list.scrollTop = Math.max(Math.min(this.list.scrollTop, top), bottom);
    }
    this.#fill();
    for (const [mask, row] of this.made) {
      this.kind.mark(row, mask === active, mask === pinned);
    }
    this.kind.name?.(this.list, this.made.get(pinned));
  }

  /** The mask some rows further on from one, within the list. */
  step(from, rows) {
    const place = this.places.get(from);
    return this.masks[Math.min(this.masks.length - 1, Math.max(0, place === undefined ? 0 : place + rows))] ?? null;
  }

  get pageLength() {
    return Math.max(1, Math.floor(this.list.clientHeight / ROW_HEIGHT) - 1);
  }

  #fill() {
    const sight = this.whole ? this.masks.length * ROW_HEIGHT : this.list.clientHeight;
    const scrolled = this.whole ? 0 : this.list.scrollTop;
    const first = Math.max(0, Math.floor(scrolled / ROW_HEIGHT) - 2);
    const end = Math.min(this.masks.length, Math.ceil((scrolled + sight) / ROW_HEIGHT) + 2);
    // The list names the pinned row as its active one, so that row is there even out of sight.
    const pinned = this.places.has(this.pinned) ? [this.pinned] : [];
    const before = this.places.get(this.pinned) < first;
    const sighted = this.masks.slice(first, end);
    const wanted = new Set(before ? [...pinned, ...sighted] : [...sighted, ...pinned]);
    for (const [mask, row] of this.made) {
      if (!wanted.has(mask)) {
        row.remove();
        this.made.delete(mask);
      }
    }
    // In the order of the list in the page too, which is the order in which it is read out.
    let next = this.rows.firstElementChild;
    for (const mask of wanted) {
      let row = this.made.get(mask);
      if (!row) {
        this.made.set(mask, row = this.kind.make(mask));
        this.kind.mark(row, mask === this.active, mask === this.pinned);
      }
      this.#place(row, this.places.get(mask));
      if (row === next) {
        next = row.nextElementSibling;
      } else {
        this.rows.insertBefore(row, next);
      }
    }
  }

  #place(row, place) {
    row.style.top = `${place * ROW_HEIGHT}px`;
    row.setAttribute("aria-posinset", place + 1);
    row.setAttribute("aria-setsize", this.masks.length);
  }
}
