// A small guest widget: speaks to the simulator's web messaging socket as the vendor's widgets do.

const CLOSED_BY_SERVICE = 'ConnectionClosedEvent';

export class Guest {
  // What the person sees is told through `show`: state(name, text), line(line), clear().
  constructor({ deploymentId, token }, show) {
    Object.assign(this, { deploymentId, token, show, lines: new Set(), over: false });
  }

  open(startNew = false) {
    this.over = false;
    this.show.state('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/v1?deploymentId=${this.deploymentId}&application=page`);
    this.socket = socket;
    socket.addEventListener('open', () => this.ask({ action: 'configureSession', deploymentId: this.deploymentId, startNew }));
    socket.addEventListener('message', (event) => this.hear(JSON.parse(event.data)));
    socket.addEventListener('close', () => {
      if (socket === this.socket && !this.over) this.show.state('cut');
    });
  }

  // Leaves as a page does that is closed: with a close frame.
  leave() {
    this.over = true;
    this.socket?.close(1000);
  }

  ask(request) {
    this.socket.send(JSON.stringify({ ...request, token: this.token, tracingId: crypto.randomUUID() }));
  }

  write(text) {
    this.ask({ action: 'onMessage', message: { type: 'Text', text, metadata: { id: crypto.randomUUID() } } });
  }

  // What a widget does after a read-only end: closes the session everywhere, and begins a new one.
  startAnew() {
    this.show.clear();
    this.lines.clear();
    if (this.socket.readyState !== WebSocket.OPEN) {
      this.open(true);
      return;
    }
    this.ask({ action: 'closeSession', closeAllConnections: true });
    this.ask({ action: 'configureSession', deploymentId: this.deploymentId, startNew: true });
  }

  hear({ class: kind, code, body }) {
    if (kind === 'SessionResponse') {
      if (body.connected) this.show.state(body.readOnly ? 'readonly' : 'connected');
    } else if (kind === 'StructuredMessage') {
      this.message(body);
    } else if (kind === CLOSED_BY_SERVICE) {
      this.over = true;
      this.show.state('closed');
    } else if (kind === 'TooManyRequestsErrorMessage') {
      this.show.note(`${body.errorMessage}; try again in ${body.retryAfter} s.`);
    } else if (kind === 'string' && code !== 200) {
      this.show.note(`Refused (${code}): ${body}`);
      if (code === 409) this.show.state('readonly');
    }
  }

  message(body) {
    const from = body.direction === 'Inbound' ? 'Guest' : body.originatingEntity;
    const line = { id: body.id, from, nickname: body.channel?.from?.nickname ?? '' };
    const presence = body.events?.[0]?.presence?.type;
    if (body.type === 'Text') {
      this.line({ ...line, kind: 'text', text: body.text });
    } else if (presence === 'Disconnect') {
      const readOnly = body.metadata?.readOnly === 'true';
      this.line({ ...line, kind: 'disconnect', readOnly });
      this.show.state(readOnly ? 'readonly' : 'ended');
    } else if (presence === 'Clear') {
      this.line({ ...line, kind: 'clear' });
    }
  }

  // Lines come over the socket and from the transcript; each is shown once.
  line(line) {
    const id = line.id.replaceAll('-', '');
    if (this.lines.has(id)) return;
    this.lines.add(id);
    this.show.line(line);
    if (line.from === 'Guest' && line.kind === 'text') this.show.state('connected');
  }
}
