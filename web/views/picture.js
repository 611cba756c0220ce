/**
 * The picture of the chosen instance: the canvas holds the image's own columns × rows; zoom, pan, rotation and mirroring
 * are a transform, inversion is a filter.
 */

import { byId, giveBack, make } from '../dom.js';
import { maskedPath } from '../format.js';
import { texts } from '../texts.js';
import { commandOf, WITHOUT_PICTURE } from './picture-commands.js';
import { toLines } from './picture-contours.js';
import { createCorners } from './picture-corners.js';
import { angleOf, FITTED, matrixOf, panBy, stretchOf, toImage, turnBy, zoomOf, zoomTo } from './picture-geometry.js';
import { listenToGestures } from './picture-gestures.js';
import { icon } from './picture-icons.js';
import { createLayers } from './picture-layers.js';
import { createToolbar, iconButton } from './picture-toolbar.js';
import { createVideo } from './picture-video.js';
import { createWindowMenu } from './picture-windows.js';

/** @import { Plane } from '../viewer.js' */
/** @import { Command } from './picture-commands.js' */
/** @import { Contour } from './picture-contours.js' */
/** @import { Annotations } from './picture-corners.js' */
/** @import { Frame, View } from './picture-geometry.js' */
/** @import { Preset, Window } from './picture-windows.js' */

/**
 * @typedef {object} Description
 * @property {number} rows
 * @property {number} columns
 * @property {number} number_of_frames
 * @property {string} photometric_interpretation
 * @property {string} transfer_syntax_name
 * @property {[number, number]} pixel_aspect Height and width of a pixel to each other.
 * @property {string} unit Of windows: 'HU'; empty when not known.
 * @property {number | null} frame_time_ms
 * @property {string} icc_profile
 * @property {Preset[]} presets None for colour.
 * @property {{group: number, label: string}[]} overlays
 * @property {boolean} has_shutter
 * @property {boolean} drawable
 * @property {string} reason Why it cannot be drawn.
 * @property {boolean} video Whether it is a stream that may be played instead.
 * @property {string[]} notes How a header that is wrong or silent was read.
 *
 * @typedef {object} Picture
 * @property {number} entry
 * @property {number} frame
 * @property {number} rows
 * @property {number} columns
 * @property {string} name
 * @property {number} position Among the images of the series, from 0.
 * @property {number} count Of these images.
 * @property {boolean} shutter Whether shutters hide what is behind them.
 * @property {ArrayBuffer} rgba
 * @property {Window | null} window What was applied.
 * @property {Window | null} chosen
 * @property {Annotations | null} annotations
 * @property {{plane: Plane, data: ArrayBuffer}[]} planes
 * @property {string[]} problems
 *
 * @typedef {object} Actions
 * @property {(step: number) => void} onStep
 * @property {(position: number) => void} onPosition
 * @property {(step: -1 | 1) => void} onSeries
 * @property {(window: Window | null) => void} onWindow
 * @property {(on: boolean) => void} onShutter
 * @property {() => void} onPlay
 * @property {(at: {row: number, column: number} | null) => void} onPoint
 */

/** From here on the pixels are seen as the squares they are. */
const BLOCKS_FROM_ZOOM = 8;
const ZOOM_STEP = 1.25;
/** How far a key moves the window and the picture. */
const KEY_PX = 24;
/** Of overlays, one after the other; told apart from grey, and from each other. */
const OVERLAY_COLORS = ['#ffd447', '#5fd7ff', '#ff8fd0', '#9be564'];

/** @param {Actions} actions */
export function createPicture({ onStep, onPosition, onSeries, onWindow, onShutter, onPlay, onPoint }) {
  const pane = byId('picture');
  const canvas = byId('image');
  const stage = byId('picture-stage');
  const words = byId('picture-words');
  const title = byId('picture-title');
  const foot = byId('picture-foot');

  const toolbar = createToolbar(run);
  title.after(toolbar.always);
  pane.insertBefore(toolbar.element, stage);
  const sheet = make('div', { class: 'layers' });
  canvas.after(sheet);
  const layers = createLayers(sheet);
  const corners = createCorners(sheet);
  const video = createVideo(stage);
  const previous = iconButton('previous', () => run('previous'));
  const next = iconButton('next', () => run('next'));
  const play = iconButton('play', () => run('play'));
  const slider = make('input', { type: 'range', class: 'frames', min: 0, 'aria-label': texts.picture.image });
  const frameWords = make('output', { class: 'frame-words' });
  const frameRow = make('div', { class: 'frame-row' }, previous, play, next, slider, frameWords);
  const windows = createWindowMenu({ onWindow });
  const notes = make('div', { class: 'picture-notes' });
  const caution = make('p', { class: 'caution', text: texts.picture.caution });
  foot.append(frameRow, windows.element, notes, caution);

  /** @type {{description: Description, picture: Picture} | undefined} */
  let shown;
  /** @type {View} */
  let view = FITTED;
  let inverted = false;
  let overlaysOn = true;
  let contoursOn = true;
  /** @type {Contour[]} */
  let contours = [];
  let textOn = true;
  /** Whether the user wants to read who the patient is. */
  let named = false;
  let hidden = false;
  let path = '';
  let pixelText = '';

  slider.addEventListener('input', () => onPosition(Number(slider.value)));
  new ResizeObserver(place).observe(stage);
  listenToGestures(stage, {
    onStep,
    onZoom: (factor, at) => zoom(factor, at),
    onPan: (dx, dy) => pan(dx, dy),
    onWindowStart: windows.begin,
    onWindow: (dx, dy) => windows.drag(dx, dy),
    canWindow: () => windows.possible,
    onPoint: point,
    onOpen: () => run('enlarge'),
  });
  pane.addEventListener('keydown', obey);
  document.addEventListener('keydown', (event) => {
    // While the pane covers the page, there is nothing else that keys could mean.
    const alone = pane.classList.contains('enlarged') && !document.querySelector('dialog[open]');
    if (alone && event.target === document.body) obey(event);
  });
  document.addEventListener('fullscreenchange', () => {
    toolbar.set('fullScreen', { pressed: document.fullscreenElement === pane });
  });

  /** @param {KeyboardEvent} event */
  function obey(event) {
    const command = commandOf(event);
    if (command === undefined || (!shown && !WITHOUT_PICTURE.has(command))) return;
    if (command === 'leave' && !pane.classList.contains('enlarged')) return;
    if (typeof command === 'number') windows.choose(command);
    else run(command);
    event.preventDefault();
    event.stopImmediatePropagation(); // the same keys mean other things elsewhere on the page
  }

  /** @param {Command} command */
  function run(command) {
    const { width, height } = size();
    /** @type {[number, number]} */
    const middle = [width / 2, height / 2];
    /** @type {Record<Command, () => void>} */
    const commands = {
      previous: () => onStep(-1),
      next: () => onStep(1),
      first: () => onPosition(0),
      last: () => onPosition(Infinity),
      previousSeries: () => onSeries(-1),
      nextSeries: () => onSeries(1),
      play: onPlay,
      zoomIn: () => zoom(ZOOM_STEP, middle),
      zoomOut: () => zoom(1 / ZOOM_STEP, middle),
      fit: () => look({ ...view, mode: 'fit' }),
      actual: () => look({ ...view, mode: 'free', zoom: 1 / devicePixelRatio, pan: [0, 0] }),
      rotate: () => look(turnBy(view, 'clockwise')),
      flipHorizontal: () => look(turnBy(view, 'horizontal')),
      flipVertical: () => look(turnBy(view, 'vertical')),
      invert: () => invert(!inverted),
      reset: () => {
        reset();
        place();
        onWindow(null);
      },
      overlays: () => showOverlays(!overlaysOn),
      contours: () => showContours(!contoursOn),
      shutter: () => onShutter(!shown?.picture.shutter),
      text: () => showText(!textOn),
      patient: () => showPatient(!named),
      enlarge: () => enlarge(!pane.classList.contains('enlarged')),
      fullScreen,
      leave: () => enlarge(false),
      wider: () => windows.step(KEY_PX, 0),
      narrower: () => windows.step(-KEY_PX, 0),
      brighter: () => windows.step(0, -KEY_PX),
      darker: () => windows.step(0, KEY_PX),
      left: () => pan(KEY_PX, 0),
      right: () => pan(-KEY_PX, 0),
      up: () => pan(0, KEY_PX),
      down: () => pan(0, -KEY_PX),
    };
    commands[command]();
  }

  function size() {
    return { width: stage.clientWidth, height: stage.clientHeight };
  }

  /** @returns {Frame} */
  function frame() {
    return { columns: canvas.width, rows: canvas.height, stretch: stretchOf(shown?.description.pixel_aspect) };
  }

  /** @param {View} next */
  function look(next) {
    view = next;
    place();
  }

  /** @param {number} factor @param {[number, number]} at */
  function zoom(factor, at) {
    look(zoomTo(frame(), view, size(), zoomOf(frame(), view, size()) * factor, at));
  }

  /** @param {number} dx @param {number} dy */
  function pan(dx, dy) {
    look(panBy(frame(), view, size(), dx, dy));
  }

  /** @param {boolean} on */
  function invert(on) {
    inverted = on;
    canvas.classList.toggle('inverted', on);
    toolbar.set('invert', { pressed: on });
  }

  /** @param {boolean} on */
  function showOverlays(on) {
    overlaysOn = on;
    for (const { group } of shown?.description.overlays ?? []) layers.show(layerOf(group), on);
    toolbar.set('overlays', { pressed: on });
  }

  /** @param {boolean} on */
  function showContours(on) {
    contoursOn = on;
    layers.show('contours', on);
    toolbar.set('contours', { pressed: on, hidden: !contours.length });
  }

  function drawContours() {
    layers.set('contours', contours.length ? { kind: 'lines', lines: toLines(contours, hidden) } : null);
    showContours(contoursOn);
  }

  /** @param {boolean} on */
  function showText(on) {
    textOn = on;
    corners.show(on);
    toolbar.set('text', { pressed: on });
  }

  /** @param {boolean} on */
  function showPatient(on) {
    named = on;
    toolbar.set('patient', { pressed: on });
    write();
  }

  /** @param {boolean} on Whether the pane covers the page. */
  function enlarge(on) {
    if (!on && document.fullscreenElement === pane) document.exitFullscreen();
    pane.classList.toggle('enlarged', on);
    toolbar.set('enlarge', { pressed: on });
    // What is covered cannot be reached by keys either.
    for (const other of document.querySelectorAll('header.bar, .summary, .tree, .centre, .splitter')) {
      /** @type {HTMLElement} */ (other).inert = on;
    }
    const reader = pane.querySelector('.picture-document:not([hidden]) [tabindex]');
    /** @type {HTMLElement} */ (reader ?? stage).focus({ preventScroll: true });
  }

  function fullScreen() {
    if (document.fullscreenElement === pane) document.exitFullscreen();
    else {
      enlarge(true);
      // Refused where the page may not; the pane then covers the page and no more.
      pane.requestFullscreen?.().catch(() => {});
    }
  }

  function reset() {
    view = FITTED;
    invert(false);
  }

  /** @param {[number, number] | null} at On the stage. */
  function point(at) {
    corners.giveWay(at);
    const [x, y] = at && shown ? toImage(matrixOf(frame(), view, size()), at) : [-1, -1];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    if (column >= 0 && row >= 0 && column < canvas.width && row < canvas.height) onPoint({ row, column });
    else {
      onPoint(null);
      if (pixelText) {
        pixelText = '';
        write();
      }
    }
  }

  /** Lays the picture, and all that lies above it, where the view says. */
  function place() {
    if (canvas.hidden) return;
    const matrix = matrixOf(frame(), view, size());
    canvas.style.transform = `matrix(${matrix.join(',')})`;
    canvas.classList.toggle('blocks', zoomOf(frame(), view, size()) >= BLOCKS_FROM_ZOOM);
    layers.follow(matrix);
    write();
  }

  /** Writes what stands around the picture. */
  function write() {
    if (!shown) return;
    const { description, picture } = shown;
    const { width, height } = size();
    const zoomed = zoomOf(frame(), view, { width, height });
    const { degrees, mirrored } = angleOf(view);
    const { window } = picture;
    const scale = picture.annotations?.scale;
    const [mmPerRow, mmPerColumn] = scale?.mm_per_pixel ?? [0, 0];
    const { stretch } = frame();
    const mmPerPx = scale ? (view.turn[0] ? mmPerRow / stretch[1] : mmPerColumn / stretch[0]) / zoomed : null;
    corners.render(picture.annotations, {
      own: {
        top_left: [
          texts.picture.imageSize(picture.columns, picture.rows),
          texts.picture.viewSize(width, height),
          window ? texts.picture.windowText(Number(window.width), Number(window.center), description.unit) : '',
          pixelText,
        ].filter(Boolean),
        bottom_left: [
          texts.picture.zoomText(Math.round(zoomed * devicePixelRatio * 100), degrees, mirrored, inverted),
          texts.picture.imageOf(picture.position, picture.count, picture.frame, description.number_of_frames),
        ],
      },
      ...{ view, mmPerPx, height, hidden, named },
    });
  }

  /** @param {{position: number, count: number}} place */
  function writePosition({ position, count }) {
    frameRow.hidden = count < 2;
    slider.max = String(count - 1);
    slider.value = String(position);
    frameWords.textContent = texts.picture.frameOf(position, count);
    slider.setAttribute('aria-valuetext', texts.picture.frameOf(position, count));
  }

  /** @param {number} group */
  const layerOf = (group) => `overlay-${group.toString(16)}`;

  function writeTitle() {
    const named = hidden ? maskedPath(path) : path;
    title.textContent = named;
    title.title = named;
    if (!shown) return;
    const { frame, position, count } = shown.picture;
    const image = texts.picture.imageOf(position, count, frame, shown.description.number_of_frames);
    canvas.setAttribute('aria-label', texts.picture.alt(named, image));
  }

  stage.setAttribute('aria-label', texts.picture.stage);
  showText(true);
  showPatient(false);
  showOverlays(true);
  showContours(true);
  invert(false);
  toolbar.set('enlarge', { pressed: false });
  toolbar.set('fullScreen', { pressed: false, hidden: !document.fullscreenEnabled });
  canvas.setAttribute('role', 'img');

  return {
    layers,
    /** @param {string} name @param {boolean} masked Whether what identifies is masked, here and around the picture. */
    name(name, masked) {
      if (name === path && masked === hidden) return;
      path = name;
      hidden = masked;
      if (contours.length) drawContours();
      writeTitle();
      write();
    },
    /**
     * Says a sentence in place of a picture.
     *
     * @param {string} sentence
     * @param {{position: number, count: number}} [place] Where it is in its series, so that one can go on.
     */
    explain(sentence, place) {
      video.hide();
      shown = undefined;
      layers.clear();
      contours = [];
      canvas.hidden = true;
      sheet.hidden = true;
      foot.hidden = !place || place.count < 2;
      for (const part of [windows.element, notes, caution]) part.hidden = true;
      if (place) writePosition(place);
      toolbar.element.hidden = true;
      words.hidden = false;
      words.textContent = sentence;
    },
    /**
     * Plays a video in place of a picture.
     *
     * @param {ArrayBuffer} stream @param {{mime: string, playable_words: string}} kind @param {string} name
     * @param {{position: number, count: number}} [place]
     */
    async play(stream, kind, name, place) {
      this.explain('', place);
      path = name;
      writeTitle();
      await video.show(stream, kind, hidden ? maskedPath(name) : name);
      words.hidden = true;
    },
    /** Something is being drawn; the picture before stays until it is. */
    busy() {
      stage.classList.add('busy');
      if (canvas.hidden) words.textContent = texts.picture.loading;
    },
    idle() {
      stage.classList.remove('busy');
    },
    reset,
    /** What lies on the shown frame. @param {Contour[]} found @param {string[]} sentences */
    contours(found, sentences) {
      contours = found;
      drawContours();
      notes.append(...sentences.map((text) => make('p', { text })));
    },
    /** @param {boolean} on */
    playing(on) {
      const sign = texts.picture.commands[on ? 'pause' : 'play'];
      play.replaceChildren(icon(on ? 'pause' : 'play'));
      play.setAttribute('aria-label', sign);
      play.title = sign;
      stage.classList.toggle('playing', on);
    },
    /** What a pixel of the shown frame holds. @param {number} row @param {number} column @param {string} text */
    pixel(row, column, text) {
      pixelText = texts.picture.pixel(row, column, text);
      write();
    },
    /** @param {Description} description @param {Picture} picture @returns {boolean} Whether it is another frame. */
    draw(description, picture) {
      const { columns, rows, rgba, position, count, chosen, window, planes, problems } = picture;
      video.hide();
      const another = shown?.picture.entry !== picture.entry || shown?.picture.frame !== picture.frame;
      if (view.mode === 'free' && (canvas.width !== columns || canvas.height !== rows)) view = { ...view, mode: 'fit' };
      shown = { description, picture };
      path = picture.name;
      if (canvas.width !== columns || canvas.height !== rows) {
        canvas.width = columns;
        canvas.height = rows;
      }
      canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba), columns, rows), 0, 0);
      giveBack(rgba);
      for (const part of [canvas, sheet, foot, toolbar.element, notes, caution]) part.hidden = false;
      words.hidden = true;
      if (another) {
        pixelText = '';
        layers.clear();
        contours = [];
        showContours(contoursOn);
        planes.forEach(({ plane, data }, index) => {
          const color = /** @type {string} */ (OVERLAY_COLORS[index % OVERLAY_COLORS.length]);
          layers.set(layerOf(plane.group), { kind: 'mask', rows, columns, data, color });
        });
      }
      showOverlays(overlaysOn);
      toolbar.set('overlays', { hidden: !description.overlays.length });
      toolbar.set('shutter', { hidden: !description.has_shutter, pressed: picture.shutter });
      writePosition({ position, count });
      windows.render(description.presets, { chosen, used: window, unit: description.unit });
      const said = [
        picture.shutter && description.has_shutter ? texts.picture.shutterHides : '',
        overlaysOn && description.overlays.length ? texts.picture.overlays(description.overlays.map(overlayName)) : '',
        description.icc_profile ? texts.picture.icc(description.icc_profile) : '',
        ...problems,
        ...description.notes,
      ].filter(Boolean);
      notes.replaceChildren(...said.map((text) => make('p', { text })));
      writeTitle();
      place();
      return another;
    },
  };
}

/** @param {{label: string, group: number}} overlay */
const overlayName = ({ label, group }) => label || `(${group.toString(16).toUpperCase()},3000)`;
