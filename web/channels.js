/**
 * Every way by which a page or a worker can reach the network, each as an attempt that can be made and watched.
 *
 * An attempt counts as refused if the browser itself says so, with a `securitypolicyviolation` event that names our
 * address: an error alone would also come from a pulled cable, and would prove nothing about the policy. Some engines
 * refuse a few channels without that event. There it takes a failure that no cable can explain: of an address in memory
 * as well (`quiet`), or at once, for security.
 * All attempts go to this site's own address, the one place that the page could reach until now.
 */

import { createElement, setAttribute } from './take-away.js';
import { texts } from './texts.js';

/** @import { Attempt } from './protocol.js' */

/**
 * @typedef {object} Channel
 * @property {string} name
 * @property {(url: string, place: Place) => unknown} attempt May throw, reject or return; only the browser's event is
 *   evidence.
 * @property {'ws'} [scheme] Of the address, where it is not the page's own.
 * @property {boolean} [quiet] Whether the attempt rejects when it fails, and an address in memory can be tried as well.
 * @property {string} [sink] Where Trusted Types refuses the address before the policy sees it: how its sample begins.
 */

/**
 * How long to wait for the browser's word. It usually comes within milliseconds, and on a machine that is busy with other
 * things after seconds; whoever is not refused waits to the end, and nobody else.
 */
const PATIENCE_MS = 20_000;
/** How long after a failure. */
const WORD_MS = 500;

/**
 * @typedef {<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Record<string, string>)
 *   => HTMLElementTagNameMap[Tag]} Place Makes an element of the document, for as long as the attempt lasts.
 */

/** @type {Channel[]} */
const EVERYWHERE = [
  { name: 'fetch', quiet: true, attempt: (url) => fetch(url) },
  {
    name: 'XMLHttpRequest',
    quiet: true,
    attempt: (url) => {
      const request = new XMLHttpRequest();
      request.open('GET', url);
      request.send();
      return answered(request);
    },
  },
  { name: 'WebSocket', scheme: 'ws', attempt: (url) => new WebSocket(url) },
  { name: 'import()', quiet: true, attempt: (url) => import(url) },
];

export const WORKER_CHANNELS = EVERYWHERE;

/** @type {Channel[]} */
export const PAGE_CHANNELS = [
  ...EVERYWHERE,
  {
    name: 'EventSource',
    attempt: (url) => {
      const source = new EventSource(url);
      // Closed only later: the browser connects, and refuses, after this has returned.
      source.onerror = () => source.close();
    },
  },
  { name: 'sendBeacon', attempt: (url) => navigator.sendBeacon(url, 'x') },
  { name: 'image', attempt: (url, place) => place('img', { src: url }) },
  { name: 'audio and video', attempt: (url, place) => place('audio', { src: url }) },
  { name: 'font', attempt: (url) => new FontFace('probe', `url(${url})`).load() },
  { name: 'style sheet', attempt: (url, place) => place('link', { rel: 'stylesheet', href: url }) },
  {
    name: 'preload',
    quiet: true,
    attempt: (url, place) => answered(place('link', { rel: 'preload', as: 'fetch', href: url })),
  },
  { name: 'script', sink: 'HTMLScriptElement', attempt: (url, place) => place('script', { src: url }) },
  { name: 'worker', sink: 'Worker', attempt: (url) => new Worker(url) },
  // Frames are sandboxed, so that for the while they are there no script can reach what is in them.
  { name: 'frame', attempt: (url, place) => place('iframe', { src: url, sandbox: '' }) },
  {
    name: 'object',
    sink: 'HTMLObjectElement',
    attempt: (url, place) => place('object', { data: url, width: '0', height: '0' }),
  },
  {
    name: 'form',
    // Into a frame of its own: were it sent, this page would still be here to say so.
    attempt: (url, place) => {
      const frame = place('iframe', { name: 'lock-probe', sandbox: '' });
      const form = place('form', { action: url, target: 'lock-probe', method: 'post' });
      form.submit();
      return frame;
    },
  },
];

if (globalThis.document?.createElement('link').relList.supports('prefetch')) {
  PAGE_CHANNELS.push({ name: 'prefetch', attempt: (url, place) => place('link', { rel: 'prefetch', href: url }) });
}

/**
 * Tries the channels, all at once. What that needs in the document is removed as soon as the browser has refused it: it
 * would draw a page for each frame that says so.
 *
 * @param {'page' | 'worker'} from
 * @param {Channel[]} channels
 * @returns {Promise<Attempt[]>} In the order of the channels.
 */
export async function tryChannels(from, channels) {
  return Promise.all(channels.map((channel, index) => tryChannel(from, channel, index)));
}

/** @param {'page' | 'worker'} from @param {Channel} channel @param {number} index @returns {Promise<Attempt>} */
function tryChannel(from, { name, attempt, scheme, sink, quiet }, index) {
  // In the path, since some browsers leave the query out of what they report; with an end, so that 1 is not part of 10.
  const url = new URL(`/lock-probe/${from}-${index}/`, globalThis.origin);
  if (scheme) url.protocol = url.protocol.replace('http', scheme);
  return new Promise((resolve) => {
    const target = globalThis.document ?? globalThis;
    let told = false;
    /** @type {HTMLElement[]} */
    const placed = [];
    /** @type {Place} */
    const place = (tag, attributes) => {
      const made = element(tag, attributes);
      placed.push(made);
      return made;
    };
    const finish = (/** @type {boolean} */ refused, /** @type {string} */ how) => {
      told = true;
      clearTimeout(timer);
      target.removeEventListener('securitypolicyviolation', onViolation);
      for (const made of placed) made.remove();
      resolve({ from, channel: name, refused, how });
    };
    const onViolation = (/** @type {Event} */ event) => {
      const { blockedURI, disposition, effectiveDirective, sample } = /** @type {SecurityPolicyViolationEvent} */ (
        event
      );
      if (disposition !== 'enforce') return;
      const atSink = sink !== undefined && sample.startsWith(sink);
      if (blockedURI.includes(url.pathname) || atSink) finish(true, effectiveDirective);
    };
    // Where this was busy all the time, the word has come already and is only heard after the timer.
    let timer = setTimeout(() => (timer = setTimeout(() => finish(false, ''), WORD_MS)), PATIENCE_MS);
    target.addEventListener('securitypolicyviolation', onViolation);
    let atOnce = true;
    // What is thrown may be anything: Gecko for one refuses with exceptions of a kind of its own.
    new Promise((started) => started(attempt(url.href, place))).catch(async (error) => {
      const secure = atOnce && error?.name === 'SecurityError';
      await new Promise((passed) => setTimeout(passed, WORD_MS)); // the event, where there is one, comes first
      if (!told && (secure || (quiet && (await failsInMemory(attempt, place))))) finish(true, texts.lock.silent);
    });
    Promise.resolve().then(() => (atOnce = false));
  });
}

/**
 * @param {Channel['attempt']} attempt @param {Place} place
 * @returns {Promise<boolean>} Whether it fails although it needs no network.
 */
async function failsInMemory(attempt, place) {
  const address = URL.createObjectURL(new Blob([''], { type: 'text/javascript' }));
  try {
    await attempt(address, place);
    return false;
  } catch {
    return true; // whatever it is: see above
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @param {XMLHttpRequest | HTMLLinkElement} asked @returns {Promise<void>} Rejects when it was not answered. */
function answered(asked) {
  return new Promise((resolve, reject) => {
    asked.onload = () => resolve();
    asked.onerror = () => reject(new TypeError('refused'));
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string>} attributes @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, attributes) {
  const made = createElement(tag);
  made.hidden = tag !== 'object'; // which WebKit does not ask for while it is hidden
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  document.body.append(made);
  return made;
}
