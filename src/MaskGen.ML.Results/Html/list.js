const ROW_HEIGHT = 60;
const THUMBNAIL = 92;

/** The list of shown masks. Only the rows in sight exist, so that thousands of masks cost no more than ten. */
class MaskList {
  constructor(report, image) {
    this.report = report;
    this.image = image;
    this.list = document.getElementById("list");
    this.rows = document.getElementById("rows");
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
      row.classList.toggle("active", mask === active);
      row.setAttribute("aria-selected", mask === pinned);
    }
    const row = this.made.get(pinned);
    if (row) {
      this.list.setAttribute("aria-activedescendant", row.id);
    } else {
      this.list.removeAttribute("aria-activedescendant");
    }
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
      const row = this.made.get(mask) ?? this.#row(mask);
      this.made.set(mask, row);
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

  #row(mask) {
    const row = document.createElement("div");
    row.className = "mask";
    row.id = `mask-${mask.index + 1}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", mask === this.pinned);
    row.setAttribute("aria-label", describe(mask, this.report));
    row.classList.toggle("active", mask === this.active);
    row.dataset.index = mask.index;
    row.innerHTML = `<canvas width="${THUMBNAIL}" height="${THUMBNAIL}"></canvas>
      <span class="name"><i style="background:${mask.color}"></i>${mask.index + 1}${labelOf(mask)}${mask.best ? "<b>best</b>" : ""}</span><span class="area">${share(mask, this.report)}</span>
      ${meter("IoU", mask.iou)}${meter("Stability", mask.stability)}`;
    this.#drawThumbnail(row.firstElementChild, mask);
    return row;
  }

  // The image around the mask, with everything else faded.
  #drawThumbnail(canvas, mask) {
    const [left, top, width, height] = mask.bbox;
    const side = Math.max(width, height, 8) * 1.16;
    const [x0, y0] = [left + (width - side) / 2, top + (height - side) / 2];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.image, x0, y0, side, side, 0, 0, THUMBNAIL, THUMBNAIL);
    const image = context.getImageData(0, 0, THUMBNAIL, THUMBNAIL);
    for (let v = 0; v < THUMBNAIL; v++) {
      for (let u = 0; u < THUMBNAIL; u++) {
        const x = Math.floor(x0 + (u + 0.5) / THUMBNAIL * side);
        const y = Math.floor(y0 + (v + 0.5) / THUMBNAIL * side);
        if (!mask.hasPixel(x, y)) {
          image.data[4 * (v * THUMBNAIL + u) + 3] *= 0.16;
        }
      }
    }
    context.putImageData(image, 0, 0);
  }
}

function meter(name, value) {
  return `<span class="meter">${name} <span><i style="width:${100 * Math.min(1, Math.max(0, value ?? 0))}%"></i></span> ${score(value)}</span>`;
}

function score(value) {
  return value === null ? "n/a" : value.toFixed(3);
}

function share(mask, report) {
  const percent = 100 * mask.area / (report.width * report.height);
  return `${mask.area.toLocaleString("en")} px · ${percent >= 0.1 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** What the object is, if somebody has said so, as markup. */
function labelOf(mask) {
  const text = mask.label?.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
  return text === undefined ? "" : ` <b class="label" title="${text}">${text}</b>`;
}

function describe(mask, report) {
  return `Mask ${mask.index + 1}${mask.best ? ", the best candidate" : ""}, ${mask.label === undefined ? "" : `${mask.label}, `}${share(mask, report)}, predicted IoU ${score(mask.iou)}, stability ${score(mask.stability)}`;
}
