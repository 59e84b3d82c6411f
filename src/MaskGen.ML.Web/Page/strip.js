import { make, setText, counted } from "./dom.js";

/** The folder: a button per image with its picture and how far it is. */
export class Strip {
  constructor(parts, api, open) {
    Object.assign(this, { ...parts, api, open });
    this.images = [];
    this.buttons = new Map();
    this.current = null;
  }

  /** Shows images in their order. */
  show(images) {
    this.images = images;
    for (const image of images) {
      if (!this.buttons.has(image.id)) {
        this.buttons.set(image.id, this.#button(image));
      }
      this.update(image);
    }
    this.items.replaceChildren(...images.map(image => this.buttons.get(image.id).item));
  }

  /** Shows that an image has changed; an image that is new comes last. */
  update(image) {
    const place = this.images.findIndex(other => other.id === image.id);
    if (place < 0) {
      this.show([...this.images, image]);
      return;
    }
    this.images[place] = image;
    const { button, state } = this.buttons.get(image.id);
    const { name, text } = describe(image);
    button.dataset.state = name;
    setText(state, text);
    const done = this.images.filter(other => other.state === "accepted").length;
    setText(this.count, `${counted(this.images.length, "image")}${done ? `, ${done} accepted` : ""}`);
  }

  /** Marks the open image. */
  mark(id) {
    this.current = id;
    for (const [other, { button }] of this.buttons) {
      if (other === id) {
        button.setAttribute("aria-current", "true");
        button.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else {
        button.removeAttribute("aria-current");
      }
    }
  }

  /** The image some places further on, or null at the end. */
  step(places) {
    const here = this.images.findIndex(image => image.id === this.current);
    return this.images[here + places] ?? null;
  }

  #button(image) {
    const state = make("span", { class: "state" });
    const picture = make("img", { alt: "", loading: "lazy", decoding: "async", src: this.api.imageAddress(image.id, 160), width: 96, height: 64 });
    const name = image.name.split("/").at(-1);
    const button = make("button", { type: "button", title: image.name, click: () => this.open(image.id) }, picture, make("span", { class: "name", text: name }), " ", state);
    return { button, state, item: make("li", {}, button) };
  }
}

function describe(image) {
  if (image.encoding === "failed" || image.problem) {
    return { name: "failed", text: "cannot be read" };
  }
  if (image.state === "accepted") {
    return { name: "accepted", text: `✓ accepted, ${counted(image.objects, "object")}` };
  }
  if (image.encoding === "encoding" || image.encoding === "queued") {
    return { name: "encoding", text: image.encoding === "queued" ? "waits" : "encoding" };
  }
  return image.state === "edited" ? { name: "edited", text: counted(image.objects, "object") } : { name: "new", text: "new" };
}
