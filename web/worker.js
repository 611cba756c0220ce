import { takeAway } from './take-away.js';
import { createRuntime } from './worker-runtime.js';

takeAway();
self.onmessage = createRuntime((reply, transfer) => self.postMessage(reply, { transfer }));
