import { Connection } from "./connection.js";
import { pause } from "./dom.js";
import { readEvents } from "./sse.js";

const BASE = "api/v1/";
const BUSY_WAIT = 250;

/** What the server refused, with its words; `name` says what kind of problem it is. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
    this.name = problem.name ?? "failed";
  }
}

/** The server. A request that finds it busy, loading, gone or without a valid token waits and is sent again, unless it says `once`. */
export class Api {
  constructor() {
    this.connection = new Connection(() => this.#ask());
  }

  /** Exchanges the token of the address for a cookie. */
  async signIn(token) {
    await this.send("session", { method: "POST", json: { token }, once: true });
  }

  session() {
    return this.json("session");
  }

  images() {
    return this.json("images");
  }

  info(id) {
    return this.json(`images/${id}/info`);
  }

  imageAddress(id, longest) {
    return `${BASE}images/${id}?max=${longest}`;
  }

  upload(file) {
    return this.json(`images?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  }

  /** Encodes an image: events until it is ready. Ends when the signal aborts, which withdraws the wish. */
  async *encode(id, signal) {
    yield* readEvents(await this.send(`images/${id}/encode`, { method: "POST", signal }));
  }

  segment(id, prompt, signal) {
    return this.json(`images/${id}/segment`, { method: "POST", json: prompt, signal });
  }

  /** A mask to look at while the pointer rests: null if a newer wish has overtaken it, or the server has better things to do. */
  async preview(id, prompt, signal) {
    const response = await this.send(`images/${id}/segment`, { method: "POST", json: { ...prompt, preview: true }, signal, once: true });
    return response.status === 204 ? null : response.json();
  }

  /** A candidate at the size of the image. */
  fullMask(id, logitsId, signal) {
    return this.json(`images/${id}/mask`, { method: "POST", json: { logitsId }, signal });
  }

  edit(id, edit, signal) {
    return this.json(`images/${id}/edit`, { method: "POST", json: edit, signal });
  }

  async *everything(id, options, signal) {
    yield* readEvents(await this.send(`images/${id}/everything`, { method: "POST", json: options, signal }));
  }

  /** What is saved of an image, and its ETag. */
  async annotations(id) {
    const response = await this.send(`images/${id}/annotations`);
    return { document: await response.json(), etag: response.headers.get("ETag") };
  }

  /** Saves; an answer of 409 is thrown. */
  async save(id, document, etag) {
    const response = await this.send(`images/${id}/annotations`, { method: "PUT", json: document, headers: { "If-Match": etag } });
    return response.headers.get("ETag") ?? (await response.json()).etag;
  }

  labels() {
    return this.json("labels");
  }

  /** Exports: a zip to download, or the names of files in the server's folder. */
  async export(wish) {
    const response = await this.send("export", { method: "POST", json: wish, once: true });
    return response.headers.get("Content-Type")?.startsWith("application/json") ? response.json() : { zip: await response.blob() };
  }

  async json(path, request) {
    return (await this.send(path, request)).json();
  }

  /** Sends until there is an answer; throws what is refused. */
  async send(path, { method = "GET", json, body, headers = {}, signal, once = false } = {}) {
    const request = { method, headers: { ...headers }, body, signal, credentials: "same-origin" };
    if (json !== undefined) {
      request.body = JSON.stringify(json);
      request.headers["Content-Type"] = "application/json";
    }
    for (;;) {
      let response;
      try {
        response = await fetch(BASE + path, request);
      } catch (error) {
        if (error.name === "AbortError" || signal?.aborted) {
          throw error;
        }
        const back = this.connection.lost("lost", signal);
        if (once) {
          back.catch(() => {});
          throw new ApiError(0, { title: "The server does not answer." });
        }
        await back;
        continue;
      }
      if (response.ok) {
        return response;
      }
      const problem = await response.json().catch(() => ({}));
      if (!once && (response.status === 429 || response.status === 503)) {
        const seconds = Number(response.headers.get("Retry-After"));
        await pause(problem.retryAfterMs ?? (seconds > 0 ? 1000 * seconds : BUSY_WAIT), signal);
      } else if (!once && response.status === 401) {
        await this.connection.lost("unauthorized", signal);
      } else {
        throw new ApiError(response.status, problem);
      }
    }
  }

  async #ask() {
    try {
      const response = await fetch(`${BASE}session`, { credentials: "same-origin", cache: "no-store" });
      return response.ok ? "ok" : response.status === 401 ? "unauthorized" : "lost";
    } catch {
      return "lost";
    }
  }
}
