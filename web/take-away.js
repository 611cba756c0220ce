/**
 * What leads out of a page and is covered by no content security policy, or by one that some browser enforces without
 * saying so: it is taken away before a file is accepted. Nothing here needs any of it.
 */

import { texts } from './texts.js';

/** @import { Attempt } from './protocol.js' */

/** @typedef {[channel: string, owner: any, property: string]} Way */

/** Who has the property: an object of the platform, or what it descends from. @param {any} owner @param {string} property */
const ownerOf = (owner, property) => {
  let found = owner;
  while (found && !Object.hasOwn(found, property)) found = Object.getPrototypeOf(found);
  return found ?? owner;
};

/**
 * What lies in a cache of the site, or is said to its service worker, outlives the page and its policies. A passkey is asked for by the name of a host, which the browser then calls; a cookie waits for the next visit to this
 * site; an interest group names an address that is asked later; a payment handler's address is fetched.
 *
 * @type {Way[]}
 */
const EVERYWHERE = [
  ['WebRTC', globalThis, 'RTCPeerConnection'],
  ['WebRTC', globalThis, 'webkitRTCPeerConnection'],
  ['WebTransport', globalThis, 'WebTransport'],
  ['WebSocketStream', globalThis, 'WebSocketStream'],
  ['cookies', globalThis, 'cookieStore'],
  ['site cache', ownerOf(globalThis, 'caches'), 'caches'],
  ['service worker', ownerOf(navigator, 'serviceWorker'), 'serviceWorker'],
];

/** @type {Way[]} */
const OF_A_WORKER = [...EVERYWHERE, ['EventSource', globalThis, 'EventSource']]; // Gecko refuses it in silence

/** @type {() => Way[]} */
const ofAPage = () => [
  ...EVERYWHERE,
  ['window.open', globalThis, 'open'],
  ['fetchLater', globalThis, 'fetchLater'],
  ['payment', globalThis, 'PaymentRequest'],
  ['presentation', globalThis, 'PresentationRequest'],
  ['passkeys', Navigator.prototype, 'credentials'],
  ['passkeys', Navigator.prototype, 'login'],
  ['interest groups', Navigator.prototype, 'joinAdInterestGroup'],
  ['interest groups', Navigator.prototype, 'runAdAuction'],
  ['cookies', Document.prototype, 'cookie'],
];

/** Elements that hold a document of their own, in which everything above is there anew. */
const FRAMES = new Set(['iframe', 'frame', 'object', 'embed', 'fencedframe']);

/** What the probes of the lock need, from before it is taken away. */
export const createElement = globalThis.document?.createElement.bind(document);

/** @returns {Way[]} */
const ways = () => (globalThis.document ? ofAPage() : OF_A_WORKER);

/** Takes all of it away, from the page or the worker that this runs in. */
export function takeAway() {
  for (const [, owner, property] of ways()) fix(owner, property, undefined);
  if (!globalThis.document) return;
  for (const property of /** @type {const} */ (['createElement', 'createElementNS'])) {
    const original = Document.prototype[property];
    fix(
      Document.prototype,
      property,
      /** @this {Document} @param {any[]} words */ function (...words) {
        // Once, since a word may be an object that says something else when it is asked again.
        const place = property === 'createElement' ? 0 : 1;
        const name = `${words[place]}`;
        if (FRAMES.has(name.replace(/^.*:/s, '').toLowerCase())) throw new TypeError('this page has no frames');
        words[place] = name;
        return /** @type {any} */ (original).apply(this, words);
      },
    );
  }
  // The other ways to an element: a class of one's own, and a transformation.
  fix(CustomElementRegistry.prototype, 'define', undefined);
  fix(globalThis, 'XSLTProcessor', undefined);
  guardLinks();
}

/**
 * A click that a script makes follows no link to an address, in this tab or in a new one. What is in memory may be saved.
 */
function guardLinks() {
  const { click } = HTMLElement.prototype;
  const { dispatchEvent } = EventTarget.prototype;
  fix(
    HTMLElement.prototype,
    'click',
    /** @this {HTMLElement} */ function () {
      if (!leadsAway(this)) click.call(this);
    },
  );
  fix(
    EventTarget.prototype,
    'dispatchEvent',
    /** @this {EventTarget} @param {Event} event */ function (event) {
      if (event instanceof MouseEvent && leadsAway(this)) return false;
      return dispatchEvent.call(this, event);
    },
  );
}

/** @param {EventTarget} target @returns {boolean} Whether a click on it would follow a link to an address. */
function leadsAway(target) {
  for (let node = target instanceof Node ? target : null; node;) {
    if (node instanceof Element && ['a', 'area'].includes(node.localName)) {
      const href = node.getAttribute('href') ?? node.getAttributeNS('http://www.w3.org/1999/xlink', 'href');
      if (href !== null && !/^\s*(#|blob:)/.test(href)) return true;
    }
    node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
  }
  return false;
}

/** @param {any} owner @param {string} property @param {unknown} value Which nothing can change any more. */
function fix(owner, property, value) {
  Object.defineProperty(owner, property, { value, writable: false, configurable: false });
}

/** @param {'page' | 'worker'} from @returns {Attempt[]} Whether each of the ways is gone from here. */
export function tryTakenAway(from) {
  const names = [...new Set(ways().map(([channel]) => channel))];
  return names.map((channel) => {
    const refused = ways().every(([name, owner, property]) => name !== channel || !reaches(owner, property));
    return { from, channel, refused, how: texts.lock.takenAway };
  });
}

/** @param {any} owner @param {string} property @returns {boolean} Whether it is still there. */
function reaches(owner, property) {
  const found = Object.getOwnPropertyDescriptor(owner, property);
  return found !== undefined && (found.get !== undefined || found.value !== undefined);
}
