/**
 * Every way by which a page or a worker can reach the network, each as an attempt that can be made and watched.
 *
 * An attempt counts as refused only if the browser itself says so, with a `securitypolicyviolation` event that names
 * our address: an error alone would also come from a pulled cable, and would prove nothing about the policy.
 * All attempts go to this site's own address, the one place that the page could reach until now.
 */

/** @import { Attempt } from './protocol.js' */

/**
 * @typedef {object} Channel
 * @property {string} name
 * @property {(url: string) => unknown} attempt May throw, reject or return; only the browser's event is evidence.
 * @property {string} [scheme] Of the address, where it is not the page's own.
 * @property {string} [sink] Where Trusted Types refuses the address before the policy sees it: how its sample begins.
 */

/** How long to wait for the browser's word; it usually comes within a few milliseconds. */
const PATIENCE_MS = 3000;

/** @type {Channel[]} */
const EVERYWHERE = [
  { name: 'fetch', attempt: (url) => fetch(url, { method: 'POST', body: 'x' }) },
  {
    name: 'XMLHttpRequest',
    attempt: (url) => {
      const request = new XMLHttpRequest();
      request.open('POST', url);
      request.send('x');
    },
  },
  { name: 'WebSocket', scheme: 'ws', attempt: (url) => new WebSocket(url) },
  {
    name: 'EventSource',
    attempt: (url) => {
      const source = new EventSource(url);
      // Closed only later: the browser connects, and refuses, after this has returned.
      source.onerror = () => source.close();
    },
  },
  { name: 'import()', attempt: (url) => import(url) },
];
if ('WebTransport' in globalThis) {
  EVERYWHERE.push({ name: 'WebTransport', scheme: 'https', attempt: (url) => new WebTransport(url).ready });
}

export const WORKER_CHANNELS = EVERYWHERE;

/** @type {Channel[]} */
export const PAGE_CHANNELS = [
  ...EVERYWHERE,
  { name: 'sendBeacon', attempt: (url) => navigator.sendBeacon(url, 'x') },
  { name: 'image', attempt: (url) => element('img', { src: url }) },
  { name: 'audio and video', attempt: (url) => element('audio', { src: url }) },
  { name: 'font', attempt: (url) => new FontFace('probe', `url(${url})`).load() },
  { name: 'style sheet', attempt: (url) => element('link', { rel: 'stylesheet', href: url }) },
  { name: 'prefetch', attempt: (url) => element('link', { rel: 'prefetch', href: url }) },
  { name: 'preload', attempt: (url) => element('link', { rel: 'preload', as: 'fetch', href: url }) },
  { name: 'script', sink: 'HTMLScriptElement', attempt: (url) => element('script', { src: url }) },
  { name: 'worker', sink: 'Worker', attempt: (url) => new Worker(url) },
  { name: 'frame', attempt: (url) => element('iframe', { src: url }) },
  { name: 'object', sink: 'HTMLObjectElement', attempt: (url) => element('object', { data: url }) },
  {
    name: 'form',
    // Into a frame of its own: were it sent, this page would still be here to say so.
    attempt: (url) => {
      const frame = element('iframe', { name: 'lock-probe' });
      const form = element('form', { action: url, target: 'lock-probe', method: 'post' });
      form.submit();
      return frame;
    },
  },
];

/**
 * Tries the channels, all at once, and removes from the document whatever that needed.
 *
 * @param {'page' | 'worker'} from
 * @param {Channel[]} channels
 * @returns {Promise<Attempt[]>} In the order of the channels.
 */
export async function tryChannels(from, channels) {
  return Promise.all(channels.map((channel, index) => tryChannel(from, channel, index)));
}

/** @param {'page' | 'worker'} from @param {Channel} channel @param {number} index @returns {Promise<Attempt>} */
function tryChannel(from, { name, attempt, scheme, sink }, index) {
  // In the path, since some browsers leave the query out of what they report; with an end, so that 1 is not part of 10.
  const url = new URL(`/lock-probe/${from}-${index}/`, globalThis.origin);
  if (scheme) url.protocol = scheme === 'ws' ? url.protocol.replace('http', 'ws') : `${scheme}:`;
  return new Promise((resolve) => {
    const target = globalThis.document ?? globalThis;
    const finish = (/** @type {boolean} */ refused, /** @type {string} */ how) => {
      clearTimeout(timer);
      target.removeEventListener('securitypolicyviolation', onViolation);
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
    const timer = setTimeout(() => finish(false, ''), PATIENCE_MS);
    target.addEventListener('securitypolicyviolation', onViolation);
    try {
      Promise.resolve(attempt(url.href)).catch(() => {}); // the error is expected, and no evidence
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    }
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string>} attributes @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, attributes) {
  const made = document.createElement(tag);
  made.hidden = true;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  document.body.append(made);
  setTimeout(() => made.remove(), PATIENCE_MS);
  return made;
}
