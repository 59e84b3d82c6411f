import { askConflict } from "./dialogs.js";
import { counted, pause } from "./dom.js";
import { download } from "./export.js";

const REFUSED_WAIT = 2000;

/** Follows what changes at the server: how far images are, and what other tabs save. */
export class Follower {
  constructor(api, library, saver, strip, announcer, { isOpen, model }) {
    Object.assign(this, { api, library, saver, strip, announcer, isOpen, model });
    saver.addEventListener("conflict", event => this.#settle(event.document));
  }

  start() {
    const events = new EventSource("api/v1/events");
    let isAgain = false;
    events.addEventListener("image", event => this.#show(JSON.parse(event.data)));
    events.addEventListener("hello", async () => {
      // Nobody has told what changed while there was no connection.
      if (isAgain) {
        (await this.api.images()).images.forEach(image => this.#show(image));
      }
      isAgain = true;
    });
    // The browser connects again by itself, unless it is refused.
    events.addEventListener("error", () => {
      isAgain = true;
      if (events.readyState === EventSource.CLOSED) {
        pause(REFUSED_WAIT).then(() => this.start());
      }
    });
  }

  #show(image) {
    this.strip.update(image);
    const document = this.library.find(image.id);
    if (document) {
      this.#takeOver(document, image.etag);
    }
  }

  async #takeOver(document, etag) {
    // An own save may be answered after the event of it comes.
    if (!etag || etag === document.etag || document.isDirty || this.saver.stateOf(document).name !== "saved") {
      return;
    }
    const { draft } = document.now;
    if (!await this.library.reload(document, true)) {
      return;
    }
    if (draft) {
      document.commit({ draft }, "kept");
    }
    if (this.isOpen(document)) {
      this.announcer.note("Changed in another tab: shown as it is there.");
    }
  }

  // Somebody else has saved while this tab had edits: the person decides.
  async #settle(document) {
    const choice = await askConflict(document.info.name);
    try {
      if (choice === "both") {
        this.announcer.note(`${counted(await this.library.combine(document), "object")} of yours added to theirs.`);
      } else {
        if (choice === "copy") {
          const file = document.toFile(document.now, this.model);
          download(new Blob([JSON.stringify(file)], { type: "application/json" }), `${document.info.name.split("/").at(-1)}.mine.annotations.json`);
        }
        await this.library.reload(document);
        this.announcer.note("Theirs is loaded.");
      }
    } finally {
      this.saver.resolve(document);
    }
  }
}
