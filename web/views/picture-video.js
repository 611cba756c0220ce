/** The video of an object whose pixels are one stream: played by the browser from memory, where the browser can. */

import { make } from '../dom.js';
import { texts } from '../texts.js';

/** @param {HTMLElement} stage Where pictures are drawn. */
export function createVideo(stage) {
  /** @type {HTMLVideoElement | undefined} */
  let player;

  function hide() {
    if (!player) return;
    const { src } = player;
    player.remove();
    player.removeAttribute('src');
    player.load(); // lets go of the stream
    URL.revokeObjectURL(src);
    player = undefined;
  }

  return {
    hide,
    /**
     * @param {ArrayBuffer} stream
     * @param {{mime: string, playable_words: string}} kind
     * @param {string} name Of the entry, as it may be shown.
     * @returns {Promise<void>} Resolves when its first frame is there; rejects with a sentence when it cannot be played.
     */
    async show(stream, { mime, playable_words: words }, name) {
      hide();
      const own = make('video', { class: 'picture-video', controls: true, 'aria-label': texts.picture.video(name) });
      own.muted = true;
      own.loop = true;
      // The cine keys of the pane are not those of the player.
      own.addEventListener('keydown', (event) => event.stopPropagation());
      if (!mime) throw new Error(texts.picture.unplayable(words));
      player = own;
      own.src = URL.createObjectURL(new Blob([stream], { type: mime }));
      stage.append(own);
      try {
        await new Promise((resolve, reject) => {
          own.addEventListener('loadeddata', resolve);
          own.addEventListener('error', reject);
        });
      } catch (error) {
        if (player === own) hide();
        throw new Error(texts.picture.unplayable(words), { cause: error });
      }
    },
  };
}
