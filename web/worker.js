import { createRuntime } from './worker-runtime.js';

self.onmessage = createRuntime((reply, transfer) => self.postMessage(reply, { transfer }));
