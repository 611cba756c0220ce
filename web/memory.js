/**
 * Gives memory back now: a garbage collector does not hurry for bytes outside of its own heap.
 *
 * It is transferred to nobody. `ArrayBuffer.transfer` would empty it, too, but what a Blob or a response was read into
 * belongs to the browser besides, which would keep it until it next looks for garbage.
 *
 * @param {ArrayBuffer} buffer Is empty afterwards.
 */
export function release(buffer) {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(null, [buffer]);
  port1.close();
}
