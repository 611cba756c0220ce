/** Signs for the picture's buttons: strokes in a square of 16. */

const SVG = 'http://www.w3.org/2000/svg';

const STROKES = {
  zoomOut: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM10.3 10.3L14 14M5 7h4',
  zoomIn: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM10.3 10.3L14 14M5 7h4M7 5v4',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M5.5 5.5h5v5h-5z',
  actual: 'M3 5l1.5-1.5V12.5M11 5l1.5-1.5V12.5M8 6v.4M8 10v.4',
  rotate: 'M12.9 6.2A5.3 5.3 0 1 0 13.3 9M13.4 2.6v3.8H9.6',
  flipHorizontal: 'M8 2v12M6 4.5L2.5 12H6zM10 4.5L13.5 12H10z',
  flipVertical: 'M2 8h12M4.5 6L12 2.5V6zM4.5 10L12 13.5V10z',
  invert: 'M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6zM8 2.2v11.6M9.5 4v8M11 5v6M12.5 6.6v2.8',
  reset: 'M3.1 6.2A5.3 5.3 0 1 1 2.7 9M2.6 2.6v3.8h3.8',
  overlays: 'M8 2.5L14 6L8 9.5L2 6zM2.5 9L8 12.3L13.5 9',
  shutter: 'M2.5 2.5h11v11h-11zM8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6z',
  contours: 'M8 2.6C12 2.6 13.6 5.2 13.2 8.4S10.6 13.4 7.2 13.2S2.4 10.6 2.8 7.4S5 2.6 8 2.6zM8 6a2.2 2.2 0 1 0 .1 0',
  text: 'M3.5 5V3h9v2M8 3v10M6 13h4',
  patient: 'M8 2.5a2.7 2.7 0 1 0 0 5.4a2.7 2.7 0 1 0 0-5.4zM2.8 13.5c0-5 10.4-5 10.4 0',
  enlarge: 'M9.5 6.5L13.5 2.5M10 2.5h3.5V6M6.5 9.5L2.5 13.5M6 13.5H2.5V10',
  fullScreen: 'M2.5 3.5h11v7.5h-11zM5.5 13.5h5M8 11v2.5',
  play: 'M5 3.2L12.5 8L5 12.8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  previous: 'M10 3.5L5.5 8L10 12.5',
  next: 'M6 3.5L10.5 8L6 12.5',
};

/** @typedef {keyof typeof STROKES} Icon */

/** @param {Icon} name @returns {SVGSVGElement} Decoration; the button has the word. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', STROKES[name]);
  svg.append(path);
  return svg;
}
