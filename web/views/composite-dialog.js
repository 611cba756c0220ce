/** The composite pictures of a series, large: one of three at a time, and of which frames it is made. */

import { make } from '../dom.js';
import { texts } from '../texts.js';

/** @import { CompositeGroup, Composites } from '../glance.js' */

/**
 * @param {HTMLCanvasElement} canvas @param {CompositeGroup | undefined} group Empty without one.
 * @param {number} which 0 for the maximum, 1 for the minimum, 2 for the mean.
 */
export function paintComposite(canvas, group, which) {
  const image = group?.images[which];
  canvas.width = image?.width ?? 1;
  canvas.height = image?.height ?? 1;
  if (!group || !image) return;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  canvas.style.aspectRatio = String(image.width / (image.height * group.aspect)); // pixels need not be square
}

export function createCompositeDialog() {
  const words = texts.pictures;
  const heading = make('h2', { id: 'composite-title' });
  const canvas = make('canvas', { role: 'img' });
  const state = make('p', { class: 'fine', role: 'status' });
  const sizes = make('select', { class: 'choice', 'aria-label': words.sizes, onchange: draw });
  const choices = words.composites.map(({ title, what }, which) =>
    make('button', { type: 'button', class: 'button small', text: title, title: what, onclick: () => choose(which) }),
  );
  const dialog = make(
    'dialog',
    { class: 'dialog composite-dialog', 'aria-labelledby': heading.id },
    make(
      'header',
      { class: 'dialog-head' },
      heading,
      make('button', { type: 'button', class: 'button', text: words.close, onclick: () => dialog.close() }),
    ),
    make('div', { class: 'composite-choices', role: 'group' }, ...choices, sizes),
    make('div', { class: 'composite-stage' }, canvas),
    state,
  );
  document.body.append(dialog);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: 2 }[event.key];
    if (!step || event.target === sizes) return;
    choose((chosen + step) % choices.length);
    event.preventDefault();
  });
  /** @type {Composites | undefined} */
  let made;
  let chosen = 0;

  /** @param {number} which */
  function choose(which) {
    chosen = which;
    draw();
  }

  function draw() {
    if (!made) return;
    choices.forEach((button, which) => button.setAttribute('aria-pressed', String(which === chosen)));
    const group = made.groups[Number(sizes.value)] ?? made.groups[0];
    paintComposite(canvas, group, chosen);
    const what = words.composites[chosen]?.what ?? '';
    canvas.setAttribute('aria-label', what);
    state.textContent = `${what} ${group ? words.ofFrames(group.frames, group.frame_columns, group.frame_rows) : ''} ${words.compositeState(made)}`;
  }

  /** @param {Composites} composites */
  function fill(composites) {
    made = composites;
    const before = sizes.value;
    sizes.replaceChildren(
      ...made.groups.map(({ frame_rows, frame_columns, frames }, value) =>
        make('option', { value, text: words.size(frame_columns, frame_rows, frames) }),
      ),
    );
    sizes.hidden = made.groups.length < 2;
    if (before && Number(before) < made.groups.length) sizes.value = before;
    draw();
  }

  return {
    /** @param {Composites} composites @param {number} which @param {string} series Its name. */
    open(composites, which, series) {
      heading.textContent = words.compositeTitle(series);
      chosen = which;
      sizes.replaceChildren();
      fill(composites);
      dialog.showModal();
    },
    /** @param {string} key Of a series. @returns {boolean} */
    shows: (key) => dialog.open && made?.series.key === key,
    /** @param {Composites | undefined} composites */
    refresh(composites) {
      if (composites) fill(composites);
    },
  };
}
