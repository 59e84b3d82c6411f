/** Asks the server for the masks of prompts. */
export class Segmenter {
  constructor(api) {
    this.api = api;
  }

  /** The candidates for the prompts, and the milliseconds of the answer. One point is ambiguous, so that asks for three candidates; what
   * refines is told which of them is meant by its logits. The size is "paint" or "full". */
  async segment(document, prompts, logitsId, signal, size = "paint") {
    const isFirst = prompts.points.length === 1 && prompts.box === null && prompts.labels[0] === 1;
    const wish = { multimask: isFirst, size };
    if (prompts.points.length) {
      Object.assign(wish, { points: prompts.points, labels: prompts.labels });
    }
    if (prompts.box) {
      wish.box = prompts.box;
    }
    if (logitsId && !isFirst) {
      wish.logitsId = logitsId;
    }
    try {
      const { masks, ms } = await this.api.segment(document.id, wish, signal);
      return { candidates: masks, ms };
    } catch (error) {
      if (error.name === "logits-gone" && wish.logitsId) {
        return this.segment(document, prompts, null, signal, size);
      }
      throw error;
    }
  }

  /** The chosen candidate of a draft in the size of the image: a large image is painted smaller than it is. */
  async atFullSize(document, draft, chosen, signal) {
    const [height, width] = document.size;
    if (chosen.size[0] === height && chosen.size[1] === width) {
      return chosen;
    }
    try {
      return await this.api.fullMask(document.id, chosen.logitsId, signal);
    } catch (error) {
      if (error.name !== "logits-gone") {
        throw error;
      }
      const { candidates } = await this.segment(document, draft, null, signal, "full");
      return candidates[Math.min(draft.chosen, candidates.length - 1)];
    }
  }
}
