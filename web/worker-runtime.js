/**
 * Worker side of the protocol: takes requests one after another and answers every one of them exactly once.
 * It is handed the function that posts replies, so that a test can supply its own.
 */

import { tryChannels, WORKER_CHANNELS } from './channels.js';
import { loadCore } from './load-pyodide.js';
import { tryTakenAway } from './take-away.js';

/** @import { RuntimeAssets } from './load-pyodide.js' */
/** @import { Asset, Attempt, Failure, Given, Reply, Request } from './protocol.js' */

/** So often a worker shows that it is alive while it waits for bytes; while it computes, the core does. */
const PULSE_MS = 1000;

/**
 * @param {(reply: Reply, transfer: Transferable[]) => void} post
 * @returns {(event: {data: Request | Given}) => void} The worker's `onmessage`.
 */
export function createRuntime(post) {
  /** @type {Awaited<ReturnType<typeof loadCore>> | undefined} */
  let core;
  /** Requests never overlap: the core's functions may assume that nothing changes while they run. */
  let queue = Promise.resolve();
  /** What the page gives after it has asked to boot. @type {Map<string, (asset: Asset) => void>} */
  const awaited = new Map();

  /** @param {Request} request @param {Promise<Attempt[]> | undefined} tried @returns {Promise<{value: string, buffers: ArrayBuffer[]}>} */
  async function answer({ id, type, payload, files, buffers, late }, tried) {
    switch (type) {
      case 'boot':
        core = await loadCore(promise(/** @type {Record<string, Asset>} */ (buffers), late ?? []));
        return { value: JSON.stringify(core.facts), buffers: [] };
      case 'probe': {
        const { value } = await askCore(id, type, payload, []);
        const answered = JSON.parse(value);
        if (answered.error) return { value, buffers: [] };
        const own = (await tried) ?? [];
        return { value: JSON.stringify({ attempts: [...own, ...answered.attempts] }), buffers: [] };
      }
      default:
        return askCore(id, type, payload, files ?? /** @type {ArrayBuffer[] | undefined} */ (buffers) ?? []);
    }
  }

  /** @param {number} id @param {string} type @param {object} payload @param {(File | ArrayBuffer)[]} attachments */
  async function askCore(id, type, payload, attachments) {
    if (!core) throw new Error(`'${type}' arrived before 'boot' was answered`);
    const report = (/** @type {string} */ progress) => post({ id, progress }, []);
    const [value, given] = await core.handle(type, JSON.stringify(payload), attachments, report);
    return { value, buffers: given };
  }

  /** @param {Record<string, Asset>} buffers @param {string[]} late @returns {RuntimeAssets} */
  function promise(buffers, late) {
    const given = Object.entries(buffers).map(([name, asset]) => [name, Promise.resolve(asset)]);
    const coming = late.map((name) => [name, new Promise((resolve) => awaited.set(name, resolve))]);
    return Object.fromEntries([...given, ...coming]);
  }

  return ({ data: request }) => {
    if (request.type === undefined) {
      for (const [name, asset] of Object.entries(request.buffers)) awaited.get(name)?.(asset);
      return;
    }
    // The worker's own attempts need no Python; they are made while it starts.
    const tried = request.type === 'probe' ? tryWorker() : undefined;
    queue = queue.then(async () => {
      const pulse = setInterval(() => post({ id: request.id, progress: '{}' }, []), PULSE_MS);
      try {
        const { value, buffers } = await answer(request, tried);
        post({ id: request.id, value, buffers }, buffers);
      } catch (error) {
        // The core answers what it foresees itself; what is thrown up to here is a bug or a lack of memory.
        post({ id: request.id, error: toFailure(error) }, []);
      } finally {
        clearInterval(pulse);
      }
    });
  };
}

/** @returns {Promise<Attempt[]>} Every channel of the worker, tried. */
async function tryWorker() {
  return [...(await tryChannels('worker', WORKER_CHANNELS)), ...tryTakenAway('worker')];
}

/** @param {unknown} error @returns {Failure} */
function toFailure(error) {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: '' };
  // Python tracebacks end with the exception itself: that line is the sentence, the rest is detail.
  const lines = message.trim().split('\n');
  return { code: 'internal', message: lines[lines.length - 1] ?? '', detail: `${message}\n${stack ?? ''}` };
}
